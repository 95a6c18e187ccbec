"""A2C with a shared trunk, entropy bonus and generalized advantages over parallel workers."""

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn, optim
from torch.distributions import Normal

SavedAction = namedtuple("SavedAction", ["log_prob", "value"])


@dataclass
class Config:
    envs: int = 4
    horizon: int = 8
    gamma: float = 0.95
    lam: float = 0.9
    entropy_coef: float = 0.01
    value_coef: float = 0.5
    max_grad_norm: float = 0.5
    lr: float = 7e-3


class Agent(nn.Module):
    def __init__(self, obs_dim, act_dim):
        super().__init__()

        def layer_init(layer, std=np.sqrt(2), bias_const=0.0):
            torch.nn.init.orthogonal_(layer.weight, std)
            torch.nn.init.constant_(layer.bias, bias_const)
            return layer

        self.trunk = nn.Sequential(
            layer_init(nn.Linear(obs_dim, 16)),
            nn.Tanh(),
            layer_init(nn.Linear(16, 16)),
            nn.Tanh(),
        )
        self.critic = layer_init(nn.Linear(16, 1), std=1.0)
        self.actor_mean = layer_init(nn.Linear(16, act_dim), std=0.01)
        self.actor_logstd = nn.Parameter(torch.zeros(1, act_dim))

    def get_value(self, x):
        return self.critic(self.trunk(x))

    def get_action_and_value(self, x, action=None):
        hidden = self.trunk(x)
        action_mean = self.actor_mean(hidden)
        action_logstd = self.actor_logstd.expand_as(action_mean)
        action_std = torch.exp(action_logstd)
        probs = Normal(action_mean, action_std)
        if action is None:
            action = probs.sample()
        return (
            action,
            probs.log_prob(action).sum(1),
            probs.entropy().sum(1),
            self.critic(hidden),
        )


def main(cfg: Config = Config()):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rng = np.random.RandomState(1)
    agent = Agent(3, 2).to(device)
    optimizer = optim.RMSprop(agent.parameters(), lr=cfg.lr, alpha=0.99, eps=1e-5)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda u: 1 - u / 20)

    state = torch.Tensor(rng.randn(cfg.envs, 3)).to(device)
    for update in range(20):
        obs = torch.zeros((cfg.horizon, cfg.envs) + (3,)).to(device)
        actions = torch.zeros((cfg.horizon, cfg.envs) + (2,)).to(device)
        rewards = torch.zeros((cfg.horizon, cfg.envs)).to(device)
        values = torch.zeros((cfg.horizon, cfg.envs)).to(device)
        for step in range(cfg.horizon):
            obs[step] = state
            with torch.no_grad():
                action, _, _, value = agent.get_action_and_value(state)
                values[step] = value.flatten()
            actions[step] = action
            moved = state[:, :2] + 0.1 * action.clamp(-1, 1)
            rewards[step] = torch.tensor(-(moved.cpu().numpy() ** 2).sum(1)).to(device).view(-1)
            state = torch.cat([moved, state[:, 2:]], dim=1)

        with torch.no_grad():
            next_value = agent.get_value(state).reshape(1, -1)
            advantages = torch.zeros_like(rewards).to(device)
            lastgaelam = 0
            for t in reversed(range(cfg.horizon)):
                nextvalues = next_value if t == cfg.horizon - 1 else values[t + 1]
                delta = rewards[t] + cfg.gamma * nextvalues - values[t]
                advantages[t] = lastgaelam = delta + cfg.gamma * cfg.lam * lastgaelam
            returns = advantages + values

        b_obs = obs.reshape((-1,) + (3,))
        b_actions = actions.reshape((-1,) + (2,))
        _, logprob, entropy, newvalue = agent.get_action_and_value(b_obs, b_actions)
        adv = advantages.reshape(-1)
        pg_loss = -(logprob * (adv - adv.mean()) / (adv.std() + 1e-8)).mean()
        v_loss = 0.5 * ((newvalue.view(-1) - returns.reshape(-1)) ** 2).mean()
        loss = pg_loss - cfg.entropy_coef * entropy.mean() + v_loss * cfg.value_coef

        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(agent.parameters(), cfg.max_grad_norm)
        optimizer.step()
        scheduler.step()

        y_pred, y_true = values.reshape(-1).cpu().numpy(), returns.reshape(-1).cpu().numpy()
        var_y = np.var(y_true)
        explained_var = np.nan if var_y == 0 else 1 - np.var(y_true - y_pred) / var_y
        print(f"update={update} lr={optimizer.param_groups[0]['lr']:.5f} ev={explained_var:.6f}")


if __name__ == "__main__":
    main()

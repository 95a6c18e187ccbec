"""Distributional dueling Q-network with noisy layers, n-step returns and prioritized replay."""

import math
from collections import deque
from typing import Deque, Dict, List, Tuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.nn.utils import clip_grad_norm_


class NoisyLinear(nn.Module):
    def __init__(self, in_features: int, out_features: int, std_init: float = 0.5):
        super(NoisyLinear, self).__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.std_init = std_init
        self.weight_mu = nn.Parameter(torch.Tensor(out_features, in_features))
        self.weight_sigma = nn.Parameter(torch.Tensor(out_features, in_features))
        self.register_buffer("weight_epsilon", torch.Tensor(out_features, in_features))
        self.bias_mu = nn.Parameter(torch.Tensor(out_features))
        self.bias_sigma = nn.Parameter(torch.Tensor(out_features))
        self.register_buffer("bias_epsilon", torch.Tensor(out_features))
        self.reset_parameters()
        self.reset_noise()

    def reset_parameters(self):
        mu_range = 1 / math.sqrt(self.in_features)
        self.weight_mu.data.uniform_(-mu_range, mu_range)
        self.weight_sigma.data.fill_(self.std_init / math.sqrt(self.in_features))
        self.bias_mu.data.uniform_(-mu_range, mu_range)
        self.bias_sigma.data.fill_(self.std_init / math.sqrt(self.out_features))

    def reset_noise(self):
        epsilon_in = self.scale_noise(self.in_features)
        epsilon_out = self.scale_noise(self.out_features)
        self.weight_epsilon.copy_(epsilon_out.ger(epsilon_in))
        self.bias_epsilon.copy_(epsilon_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(
            x,
            self.weight_mu + self.weight_sigma * self.weight_epsilon,
            self.bias_mu + self.bias_sigma * self.bias_epsilon,
        )

    @staticmethod
    def scale_noise(size: int) -> torch.Tensor:
        x = torch.randn(size)
        return x.sign().mul(x.abs().sqrt())


class Network(nn.Module):
    def __init__(self, in_dim: int, out_dim: int, atom_size: int, support: torch.Tensor):
        super(Network, self).__init__()
        self.support = support
        self.out_dim = out_dim
        self.atom_size = atom_size
        self.feature_layer = nn.Sequential(nn.Linear(in_dim, 16), nn.ReLU())
        self.advantage_hidden_layer = NoisyLinear(16, 16)
        self.advantage_layer = NoisyLinear(16, out_dim * atom_size)
        self.value_hidden_layer = NoisyLinear(16, 16)
        self.value_layer = NoisyLinear(16, atom_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        dist = self.dist(x)
        q = torch.sum(dist * self.support, dim=2)
        return q

    def dist(self, x: torch.Tensor) -> torch.Tensor:
        feature = self.feature_layer(x)
        adv_hid = F.relu(self.advantage_hidden_layer(feature))
        val_hid = F.relu(self.value_hidden_layer(feature))
        advantage = self.advantage_layer(adv_hid).view(-1, self.out_dim, self.atom_size)
        value = self.value_layer(val_hid).view(-1, 1, self.atom_size)
        q_atoms = value + advantage - advantage.mean(dim=1, keepdim=True)
        dist = F.softmax(q_atoms, dim=-1)
        return dist.clamp(min=1e-3)  # for avoiding nans

    def reset_noise(self):
        self.advantage_hidden_layer.reset_noise()
        self.advantage_layer.reset_noise()
        self.value_hidden_layer.reset_noise()
        self.value_layer.reset_noise()


class PrioritizedReplayBuffer:
    def __init__(
        self, obs_dim: int, size: int, batch_size: int, alpha: float, n_step: int, gamma: float
    ):
        self.obs_buf = np.zeros([size, obs_dim], dtype=np.float32)
        self.next_obs_buf = np.zeros([size, obs_dim], dtype=np.float32)
        self.acts_buf = np.zeros([size], dtype=np.float32)
        self.rews_buf = np.zeros([size], dtype=np.float32)
        self.done_buf = np.zeros(size, dtype=np.float32)
        self.priorities = np.zeros(size, dtype=np.float32)
        self.max_size, self.batch_size, self.alpha = size, batch_size, alpha
        self.ptr, self.size, self.max_priority = 0, 0, 1.0
        self.n_step_buffer: Deque = deque(maxlen=n_step)
        self.n_step, self.gamma = n_step, gamma

    def store(self, obs, act, rew, next_obs, done) -> Tuple:
        transition = (obs, act, rew, next_obs, done)
        self.n_step_buffer.append(transition)
        if len(self.n_step_buffer) < self.n_step:
            return ()
        rew, next_obs, done = self.n_step_buffer[-1][-3:]
        for t in reversed(list(self.n_step_buffer)[:-1]):
            r, n_o, d = t[-3:]
            rew = r + self.gamma * rew * (1 - d)
            next_obs, done = (n_o, d) if d else (next_obs, done)
        obs, act = self.n_step_buffer[0][:2]
        self.obs_buf[self.ptr] = obs
        self.next_obs_buf[self.ptr] = next_obs
        self.acts_buf[self.ptr] = act
        self.rews_buf[self.ptr] = rew
        self.done_buf[self.ptr] = done
        self.priorities[self.ptr] = self.max_priority**self.alpha
        self.ptr = (self.ptr + 1) % self.max_size
        self.size = min(self.size + 1, self.max_size)
        return self.n_step_buffer[0]

    def sample_batch(self, rng, beta: float = 0.4) -> Dict[str, np.ndarray]:
        p = self.priorities[: self.size] / self.priorities[: self.size].sum()
        indices = rng.choice(self.size, size=self.batch_size, p=p)
        weights = (p[indices] * self.size) ** (-beta)
        weights = weights / weights.max()
        return dict(
            obs=self.obs_buf[indices],
            next_obs=self.next_obs_buf[indices],
            acts=self.acts_buf[indices],
            rews=self.rews_buf[indices],
            done=self.done_buf[indices],
            weights=weights,
            indices=indices,
        )

    def update_priorities(self, indices: List[int], priorities: np.ndarray):
        for idx, priority in zip(indices, priorities):
            self.priorities[idx] = priority**self.alpha
            self.max_priority = max(self.max_priority, priority)


class DQNAgent:
    def __init__(
        self, obs_dim, action_dim, v_min=-5.0, v_max=5.0, atom_size=11, gamma=0.9, n_step=3
    ):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.memory = PrioritizedReplayBuffer(obs_dim, 64, 8, 0.6, n_step, gamma)
        self.gamma, self.n_step, self.batch_size = gamma, n_step, 8
        self.v_min, self.v_max, self.atom_size = v_min, v_max, atom_size
        self.support = torch.linspace(self.v_min, self.v_max, self.atom_size).to(self.device)
        self.dqn = Network(obs_dim, action_dim, atom_size, self.support).to(self.device)
        self.dqn_target = Network(obs_dim, action_dim, atom_size, self.support).to(self.device)
        self.dqn_target.load_state_dict(self.dqn.state_dict())
        self.dqn_target.eval()
        self.optimizer = optim.Adam(self.dqn.parameters(), lr=2e-3)

    def select_action(self, state: np.ndarray) -> np.ndarray:
        selected_action = self.dqn(torch.FloatTensor(state).to(self.device)).argmax()
        return selected_action.detach().cpu().numpy()

    def update_model(self, rng) -> float:
        samples = self.memory.sample_batch(rng)
        weights = torch.FloatTensor(samples["weights"].reshape(-1, 1)).to(self.device)
        elementwise_loss = self._compute_dqn_loss(samples, self.gamma**self.n_step)
        loss = torch.mean(elementwise_loss * weights)
        self.optimizer.zero_grad()
        loss.backward()
        clip_grad_norm_(self.dqn.parameters(), 10.0)
        self.optimizer.step()
        loss_for_prior = elementwise_loss.detach().cpu().numpy()
        self.memory.update_priorities(samples["indices"], loss_for_prior + 1e-6)
        self.dqn.reset_noise()
        self.dqn_target.reset_noise()
        return loss.item()

    def _compute_dqn_loss(self, samples: Dict[str, np.ndarray], gamma: float) -> torch.Tensor:
        device = self.device
        state = torch.FloatTensor(samples["obs"]).to(device)
        next_state = torch.FloatTensor(samples["next_obs"]).to(device)
        action = torch.LongTensor(samples["acts"]).to(device)
        reward = torch.FloatTensor(samples["rews"].reshape(-1, 1)).to(device)
        done = torch.FloatTensor(samples["done"].reshape(-1, 1)).to(device)
        delta_z = float(self.v_max - self.v_min) / (self.atom_size - 1)
        with torch.no_grad():
            next_action = self.dqn(next_state).argmax(1)
            next_dist = self.dqn_target.dist(next_state)
            next_dist = next_dist[range(self.batch_size), next_action]
            t_z = reward + (1 - done) * gamma * self.support
            t_z = t_z.clamp(min=self.v_min, max=self.v_max)
            b = (t_z - self.v_min) / delta_z
            l = b.floor().long()
            u = b.ceil().long()
            offset = (
                torch.linspace(0, (self.batch_size - 1) * self.atom_size, self.batch_size)
                .long()
                .unsqueeze(1)
                .expand(self.batch_size, self.atom_size)
                .to(self.device)
            )
            proj_dist = torch.zeros(next_dist.size(), device=self.device)
            proj_dist.view(-1).index_add_(
                0, (l + offset).view(-1), (next_dist * (u.float() - b)).view(-1)
            )
            proj_dist.view(-1).index_add_(
                0, (u + offset).view(-1), (next_dist * (b - l.float())).view(-1)
            )
        dist = self.dqn.dist(state)
        log_p = torch.log(dist[range(self.batch_size), action])
        elementwise_loss = -(proj_dist * log_p).sum(1)
        return elementwise_loss

    def _target_hard_update(self):
        self.dqn_target.load_state_dict(self.dqn.state_dict())


if __name__ == "__main__":
    if torch.backends.cudnn.enabled:
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
    rng = np.random.default_rng(777)
    agent = DQNAgent(3, 2)
    state = np.array([0.0, 0.2, 1.0])
    updates, losses = 0, []
    while updates < 20:
        action = agent.select_action(state)
        push = 0.3 if action == 1 else -0.3
        moved = np.array([state[0] + push, state[1] * 0.9, 1.0]) + 0.05 * rng.normal(size=3)
        done = bool(abs(moved[0]) > 1.0)
        agent.memory.store(state, action, -abs(moved[0]), moved, done)
        state = np.array([0.0, 0.2, 1.0]) if done else moved
        if agent.memory.size >= agent.batch_size:
            losses.append(agent.update_model(rng))
            updates += 1
            if updates % 5 == 0:
                agent._target_hard_update()
    print("score %.6f" % np.mean(losses), sorted(agent.dqn.state_dict())[:2])

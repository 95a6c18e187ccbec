"""Soft actor-critic: squashed Gaussian policy, twin critics, a learnt temperature."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Normal
from torch.optim import Adam

LOG_SIG_MAX = 2
LOG_SIG_MIN = -20
epsilon = 1e-6


def weights_init_(m):
    if isinstance(m, nn.Linear):
        torch.nn.init.xavier_uniform_(m.weight, gain=1)
        torch.nn.init.constant_(m.bias, 0)


def soft_update(target, source, tau):
    for target_param, param in zip(target.parameters(), source.parameters()):
        target_param.data.copy_(target_param.data * (1.0 - tau) + param.data * tau)


def hard_update(target, source):
    for target_param, param in zip(target.parameters(), source.parameters()):
        target_param.data.copy_(param.data)


class QNetwork(nn.Module):
    def __init__(self, num_inputs, num_actions, hidden_dim):
        super(QNetwork, self).__init__()
        self.linear1 = nn.Linear(num_inputs + num_actions, hidden_dim)
        self.linear2 = nn.Linear(hidden_dim, 1)
        self.linear4 = nn.Linear(num_inputs + num_actions, hidden_dim)
        self.linear5 = nn.Linear(hidden_dim, 1)
        self.apply(weights_init_)

    def forward(self, state, action):
        xu = torch.cat([state, action], 1)
        return self.linear2(F.relu(self.linear1(xu))), self.linear5(F.relu(self.linear4(xu)))


class GaussianPolicy(nn.Module):
    def __init__(self, num_inputs, num_actions, hidden_dim, action_space=None):
        super(GaussianPolicy, self).__init__()
        self.linear1 = nn.Linear(num_inputs, hidden_dim)
        self.mean_linear = nn.Linear(hidden_dim, num_actions)
        self.log_std_linear = nn.Linear(hidden_dim, num_actions)
        self.apply(weights_init_)
        if action_space is None:
            self.action_scale = torch.tensor(1.0)
            self.action_bias = torch.tensor(0.0)
        else:
            self.action_scale = torch.FloatTensor((action_space[1] - action_space[0]) / 2.0)
            self.action_bias = torch.FloatTensor((action_space[1] + action_space[0]) / 2.0)

    def forward(self, state):
        x = F.relu(self.linear1(state))
        mean = self.mean_linear(x)
        log_std = self.log_std_linear(x)
        log_std = torch.clamp(log_std, min=LOG_SIG_MIN, max=LOG_SIG_MAX)
        return mean, log_std

    def sample(self, state):
        mean, log_std = self.forward(state)
        std = log_std.exp()
        normal = Normal(mean, std)
        x_t = normal.rsample()
        y_t = torch.tanh(x_t)
        action = y_t * self.action_scale + self.action_bias
        log_prob = normal.log_prob(x_t)
        log_prob -= torch.log(self.action_scale * (1 - y_t.pow(2)) + epsilon)
        log_prob = log_prob.sum(1, keepdim=True)
        mean = torch.tanh(mean) * self.action_scale + self.action_bias
        return action, log_prob, mean

    def to(self, device):
        self.action_scale = self.action_scale.to(device)
        self.action_bias = self.action_bias.to(device)
        return super(GaussianPolicy, self).to(device)


def main():
    import numpy as np

    rng = np.random.default_rng(11)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    low, high = np.array([-2.0, -1.0]), np.array([2.0, 1.0])
    critic = QNetwork(4, 2, 20).to(device=device)
    critic_optim = Adam(critic.parameters(), lr=3e-3)
    critic_target = QNetwork(4, 2, 20).to(device)
    hard_update(critic_target, critic)
    target_entropy = -torch.prod(torch.Tensor((2,)).to(device)).item()
    log_alpha = torch.zeros(1, requires_grad=True, device=device)
    alpha_optim = Adam([log_alpha], lr=3e-3)
    policy = GaussianPolicy(4, 2, 20, (low, high)).to(device)
    policy_optim = Adam(policy.parameters(), lr=3e-3)
    alpha = 0.2
    for updates in range(20):
        state_batch = torch.FloatTensor(rng.normal(size=(16, 4))).to(device)
        next_state_batch = torch.FloatTensor(rng.normal(size=(16, 4))).to(device)
        action_batch = torch.FloatTensor(rng.uniform(low, high, size=(16, 2))).to(device)
        reward_batch = torch.FloatTensor(rng.normal(size=16)).to(device).unsqueeze(1)
        mask_batch = torch.FloatTensor((rng.random(16) > 0.1) * 1.0).to(device).unsqueeze(1)
        with torch.no_grad():
            next_state_action, next_state_log_pi, _ = policy.sample(next_state_batch)
            qf1_next_target, qf2_next_target = critic_target(next_state_batch, next_state_action)
            min_qf_next_target = (
                torch.min(qf1_next_target, qf2_next_target) - alpha * next_state_log_pi
            )
            next_q_value = reward_batch + mask_batch * 0.99 * (min_qf_next_target)
        qf1, qf2 = critic(state_batch, action_batch)
        qf_loss = F.mse_loss(qf1, next_q_value) + F.mse_loss(qf2, next_q_value)
        critic_optim.zero_grad()
        qf_loss.backward()
        critic_optim.step()

        pi, log_pi, _ = policy.sample(state_batch)
        qf1_pi, qf2_pi = critic(state_batch, pi)
        policy_loss = ((alpha * log_pi) - torch.min(qf1_pi, qf2_pi)).mean()
        policy_optim.zero_grad()
        policy_loss.backward()
        policy_optim.step()

        alpha_loss = -(log_alpha * (log_pi + target_entropy).detach()).mean()
        alpha_optim.zero_grad()
        alpha_loss.backward()
        alpha_optim.step()
        alpha = log_alpha.exp()
        alpha_tlogs = alpha.clone()
        soft_update(critic_target, critic, 0.005)
    print(qf_loss.item(), policy_loss.item(), alpha_loss.item(), alpha_tlogs.item())


if __name__ == "__main__":
    main()

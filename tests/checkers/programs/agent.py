"""REINFORCE and a Q-network on a little game: Categorical, replay, target network."""

from __future__ import annotations

import copy
import random
from collections import deque
from typing import NamedTuple

import autotensor as torch
import autotensor.nn as nn
import autotensor.nn.functional as F
import autotensor.optim as optim
from autotensor import Tensor
from autotensor.distributions import Categorical


class Step(NamedTuple):
    state: Tensor
    action: int
    reward: float
    following: Tensor
    done: bool


class Corridor:
    """Walk right to the end."""

    def __init__(self, length: int = 4) -> None:
        self.length = length
        self.place = 0

    def observed(self) -> Tensor:
        return F.one_hot(torch.tensor(self.place), self.length).float()

    def reset(self) -> Tensor:
        self.place = 0
        return self.observed()

    def step(self, action: int) -> tuple[Tensor, float, bool]:
        self.place = max(0, min(self.length - 1, self.place + (1 if action else -1)))
        done = self.place == self.length - 1
        return self.observed(), float(done) - 0.1, done


class Policy(nn.Module):
    def __init__(self, states: int, actions: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(states, 16), nn.ReLU(inplace=True), nn.Linear(16, actions)
        )
        self.value = nn.Linear(states, 1)

    def forward(self, state: Tensor) -> tuple[Categorical, Tensor]:
        return Categorical(logits=self.layers(state)), self.value(state).squeeze(-1)


def reinforce(episodes: int = 4, gamma: float = 0.9) -> float:
    policy, game = Policy(4, 2), Corridor()
    optimizer = optim.Adam(policy.parameters(), lr=3e-2)
    total = 0.0
    for _ in range(episodes):
        state, rewards, log_probs, values = game.reset(), [], [], []
        for _ in range(20):
            distribution, value = policy(state)
            action = distribution.sample()
            log_probs.append(distribution.log_prob(action))
            values.append(value)
            state, reward, done = game.step(int(action.item()))
            rewards.append(reward)
            if done:
                break
        returns: list[float] = []
        value_ahead = 0.0
        for reward in reversed(rewards):
            value_ahead = reward + gamma * value_ahead
            returns.insert(0, value_ahead)
        wanted = torch.tensor(returns)
        advantage = wanted - torch.stack(values).detach()
        loss = -(torch.stack(log_probs) * advantage).sum()
        loss = loss + F.smooth_l1_loss(torch.stack(values), wanted)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += sum(rewards)
    return total


def learn_values(steps: int = 30, epsilon: float = 0.3) -> Tensor:
    online = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
    target = copy.deepcopy(online)
    memory: deque[Step] = deque(maxlen=100)
    optimizer = optim.RMSprop(online.parameters(), lr=1e-2)
    game = Corridor()
    state = game.reset()
    for count in range(steps):
        if random.random() < epsilon:
            action = random.randrange(2)
        else:
            action = int(online(state.unsqueeze(0)).argmax(dim=-1).item())
        following, reward, done = game.step(action)
        memory.append(Step(state, action, reward, following, done))
        state = game.reset() if done else following
        batch = random.sample(list(memory), min(8, len(memory)))
        states = torch.stack([one.state for one in batch])
        actions = torch.tensor([one.action for one in batch])
        rewards = torch.tensor([one.reward for one in batch])
        ended = torch.tensor([one.done for one in batch])
        chosen = online(states).gather(1, actions.unsqueeze(1)).squeeze(1)
        with torch.no_grad():
            ahead = target(torch.stack([one.following for one in batch])).max(dim=1).values
            wanted = rewards + 0.9 * ahead * (~ended).float()
        loss = F.huber_loss(chosen, wanted)
        optimizer.zero_grad()
        loss.backward()
        for parameter in online.parameters():
            if parameter.grad is not None:
                parameter.grad.data.clamp_(-1, 1)
        optimizer.step()
        if count % 10 == 0:
            target.load_state_dict(online.state_dict())
    return online(torch.eye(4)).detach()


def main() -> float:
    torch.manual_seed(0)
    random.seed(0)
    print(learn_values())
    return reinforce()


if __name__ == "__main__":
    print(main())

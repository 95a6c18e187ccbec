"""Q-learning on a walk along a line, with replay, a target network and soft updates."""

import copy
import random
from collections import deque, namedtuple

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))


class DQN(nn.Module):
    def __init__(self, observations, actions):
        super(DQN, self).__init__()
        self.layer1 = nn.Linear(observations, 24)
        self.layer2 = nn.Linear(24, actions)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x)))


def losses(steps):
    random.seed(0)
    draw = np.random.default_rng(6)
    policy_net = DQN(2, 3)
    target_net = DQN(2, 3)
    target_net.load_state_dict(policy_net.state_dict())
    frozen = copy.deepcopy(target_net)
    optimizer = optim.AdamW(policy_net.parameters(), lr=1e-2, amsgrad=True)
    memory = deque(maxlen=200)
    state = torch.tensor([[0.1, 0.0]])
    count = 0
    while count < steps:
        with torch.no_grad():
            best = policy_net(state).max(1)[1].view(1, 1)
        action = best if draw.random() > 0.3 else torch.tensor([[int(draw.integers(3))]])
        moved = state.clone()
        moved[0, 1] += 0.1 * (action.item() - 1)
        moved[0, 0] += moved[0, 1]
        done = bool(moved[0, 0].abs() > 1)
        reward = torch.tensor([1.0 - abs(moved[0, 0].item())])
        memory.append(Transition(state, action, None if done else moved, reward))
        state = torch.tensor([[0.1, 0.0]]) if done else moved
        if len(memory) < 16:
            continue
        batch = Transition(*zip(*random.sample(memory, 16)))
        mask = torch.tensor(tuple(s is not None for s in batch.next_state), dtype=torch.bool)
        following = torch.cat([s for s in batch.next_state if s is not None])
        values = policy_net(torch.cat(batch.state)).gather(1, torch.cat(batch.action))
        next_values = torch.zeros(16)
        with torch.no_grad():
            next_values[mask] = target_net(following).max(1).values
        expected = (next_values * 0.95) + torch.cat(batch.reward)
        loss = nn.SmoothL1Loss()(values, expected.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        for param in policy_net.parameters():
            param.grad.data.clamp_(-1, 1)
        optimizer.step()
        theirs, ours = target_net.state_dict(), policy_net.state_dict()
        for key in ours:
            theirs[key] = ours[key] * 0.05 + theirs[key] * 0.95
        target_net.load_state_dict(theirs)
        yield loss.item()
        count += 1
    yield sum(
        (a - b).abs().sum() for a, b in zip(frozen.parameters(), target_net.parameters())
    ).item()


if __name__ == "__main__":
    for loss in losses(50):
        print(loss)

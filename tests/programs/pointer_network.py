"""Sorting by pointing, text by convolutions, memory by reading: three small sequence models."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.autograd import Variable
from torch.nn.utils import clip_grad_norm_, weight_norm


class Attention(nn.Module):
    def __init__(self, input_dim, hidden_dim):
        super(Attention, self).__init__()
        self.hidden_dim = hidden_dim
        self.input_linear = nn.Linear(input_dim, hidden_dim)
        self.context_linear = nn.Conv1d(input_dim, hidden_dim, 1, 1)
        self.V = nn.Parameter(torch.FloatTensor(hidden_dim), requires_grad=True)
        self._inf = nn.Parameter(torch.FloatTensor([float("-inf")]), requires_grad=False)
        self.tanh = nn.Tanh()
        self.softmax = nn.Softmax(dim=-1)
        nn.init.uniform_(self.V, -1, 1)

    def forward(self, input, context, mask):
        inp = self.input_linear(input).unsqueeze(2).expand(-1, -1, context.size(1))
        context = context.permute(0, 2, 1)
        ctx = self.context_linear(context)
        V = self.V.unsqueeze(0).expand(context.size(0), -1).unsqueeze(1)
        att = torch.bmm(V, self.tanh(inp + ctx)).squeeze(1)
        if len(att[mask]) > 0:
            att[mask] = self.inf[mask]
        alpha = self.softmax(att)
        hidden_state = torch.bmm(ctx, alpha.unsqueeze(2)).squeeze(2)
        return hidden_state, alpha

    def init_inf(self, mask_size):
        self.inf = self._inf.unsqueeze(1).expand(*mask_size)


class PointerNet(nn.Module):
    def __init__(self, embedding_dim, hidden_dim):
        super().__init__()
        self.embedding = nn.Linear(1, embedding_dim)
        self.encoder = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.cell = nn.LSTMCell(embedding_dim, hidden_dim)
        self.att = Attention(hidden_dim, hidden_dim)
        self.decoder_input0 = nn.Parameter(torch.FloatTensor(embedding_dim), requires_grad=False)
        nn.init.uniform_(self.decoder_input0, -1, 1)

    def forward(self, inputs):
        batch_size, input_length = inputs.size(0), inputs.size(1)
        embedded = self.embedding(inputs.unsqueeze(-1))
        context, (h, c) = self.encoder(embedded)
        h, c = h[-1], c[-1]
        mask = torch.ones(batch_size, input_length, dtype=torch.bool)
        self.att.init_inf(mask.size())
        runner = torch.arange(input_length).unsqueeze(0).expand(batch_size, -1).long()
        decoder_input = self.decoder_input0.unsqueeze(0).expand(batch_size, -1)
        outputs, pointers = [], []
        for _ in range(input_length):
            h, c = self.cell(decoder_input, (h, c))
            _, outs = self.att(h, context, torch.eq(mask, 0))
            masked_outs = outs * mask.float()
            max_probs, indices = masked_outs.max(1)
            one_hot = (runner == indices.unsqueeze(1).expand(-1, outs.size()[1])).float()
            mask = mask & (one_hot == 0)
            embedding_mask = one_hot.unsqueeze(2).expand(-1, -1, embedded.size(2)).bool()
            decoder_input = embedded[embedding_mask.data].view(batch_size, embedded.size(2))
            outputs.append(outs.unsqueeze(0))
            pointers.append(indices.unsqueeze(1))
        return torch.cat(outputs).permute(1, 0, 2), torch.cat(pointers, 1)


class CNN_Text(nn.Module):
    def __init__(self, V, D, C, Co=4, Ks=(2, 3)):
        super(CNN_Text, self).__init__()
        self.embed = nn.Embedding.from_pretrained(torch.randn(V, D), freeze=False, padding_idx=0)
        self.convs = nn.ModuleList([nn.Conv2d(1, Co, (K, D)) for K in Ks])
        self.dropout = nn.Dropout(0.3)
        self.fc1 = nn.Linear(len(Ks) * Co, C)

    def forward(self, x):
        x = self.embed(x)
        x = x.unsqueeze(1)
        x = [F.relu(conv(x)).squeeze(3) for conv in self.convs]
        x = [F.max_pool1d(i, i.size(2)).squeeze(2) for i in x]
        x = torch.cat(x, 1)
        x = self.dropout(x)
        return self.fc1(x)


class Chomp1d(nn.Module):
    def __init__(self, chomp_size):
        super(Chomp1d, self).__init__()
        self.chomp_size = chomp_size

    def forward(self, x):
        return x[:, :, : -self.chomp_size].contiguous()


class TemporalBlock(nn.Module):
    def __init__(self, n_inputs, n_outputs, kernel_size, stride, dilation, padding, dropout=0.2):
        super(TemporalBlock, self).__init__()
        self.conv1 = weight_norm(
            nn.Conv1d(
                n_inputs, n_outputs, kernel_size, stride=stride, padding=padding, dilation=dilation
            )
        )
        self.net = nn.Sequential(self.conv1, Chomp1d(padding), nn.ReLU(), nn.Dropout(dropout))
        self.downsample = nn.Conv1d(n_inputs, n_outputs, 1) if n_inputs != n_outputs else None
        self.relu = nn.ReLU()
        self.init_weights()

    def init_weights(self):
        self.conv1.weight.data.normal_(0, 0.01)
        if self.downsample is not None:
            self.downsample.weight.data.normal_(0, 0.01)

    def forward(self, x):
        out = self.net(x)
        res = x if self.downsample is None else self.downsample(x)
        return self.relu(out + res)


class MemN2N(nn.Module):
    def __init__(self, vocab, dim, hops=2):
        super().__init__()
        self.hops = hops
        for hop in range(self.hops + 1):
            C = nn.Embedding(vocab, dim, padding_idx=0)
            C.weight.data.normal_(0, 0.1)
            self.add_module("C_{}".format(hop), C)
        self.C = [self._modules["C_{}".format(i)] for i in range(self.hops + 1)]
        self.softmax = nn.Softmax(dim=1)
        J, d = 4, dim
        pe = np.fromfunction(
            lambda j, k: (1 - (j + 1) / J) - ((k + 1) / d) * (1 - 2 * (j + 1) / J), (J, d)
        )
        self.encoding = torch.FloatTensor(pe)

    def forward(self, stories, query):
        u = list()
        u.append(
            torch.sum(self.C[0](query) * self.encoding.unsqueeze(0).expand_as(self.C[0](query)), 1)
        )
        for hop in range(self.hops):
            embed_A = self.C[hop](stories.view(stories.size(0), -1))
            embed_A = embed_A.view(stories.size() + (embed_A.size(-1),))
            m_A = torch.sum(embed_A * self.encoding, 2)
            prob = self.softmax(torch.sum(m_A * u[-1].unsqueeze(1).expand_as(m_A), 2))
            embed_C = self.C[hop + 1](stories.view(stories.size(0), -1)).view(*stories.size(), -1)
            m_C = torch.sum(embed_C * self.encoding, 2)
            o_k = torch.sum(m_C * prob.unsqueeze(2).expand_as(m_C), 1)
            u.append(u[-1] + o_k)
        return u[-1] @ self.C[self.hops].weight.transpose(0, 1)


rng = np.random.RandomState(19)
model = PointerNet(8, 12)
CCE = torch.nn.CrossEntropyLoss()
model_optim = optim.Adam(filter(lambda p: p.requires_grad, model.parameters()), lr=0.02)
for _ in range(20):
    values = rng.rand(8, 4)
    train_batch = Variable(torch.from_numpy(values).float())
    target_batch = Variable(torch.from_numpy(np.argsort(values, 1)))
    o, p = model(train_batch)
    o = o.contiguous().view(-1, o.size()[-1])
    loss = CCE(o, target_batch.view(-1))
    model_optim.zero_grad()
    loss.backward()
    model_optim.step()
print("pointed", p[0].tolist())

text = CNN_Text(12, 6, 3)
optimizer = torch.optim.Adam(text.parameters(), lr=0.01)
for _ in range(20):
    target = torch.from_numpy(rng.randint(3, size=8))
    feature = torch.from_numpy(rng.randint(4, 12, size=(8, 7)))
    feature[:, 2] = target + 1
    optimizer.zero_grad()
    logit = text(feature)
    loss = F.cross_entropy(logit, target)
    loss.backward()
    optimizer.step()
    corrects = (torch.max(logit, 1)[1].view(target.size()).data == target.data).sum()
    accuracy = 100.0 * corrects / feature.size(0)
print("acc: {:.4f}%({}/{})".format(accuracy, corrects, 8))

tcn = nn.Sequential(
    *[TemporalBlock(1 if i == 0 else 6, 6, 2, 1, 2**i, 2**i) for i in range(2)], nn.Conv1d(6, 1, 1)
)
optimizer = optim.Rprop(tcn.parameters(), lr=0.01)
for _ in range(20):
    x = torch.from_numpy(rng.rand(4, 1, 10)).float()
    loss = F.mse_loss(tcn(x), x.roll(1, -1) + x)
    optimizer.zero_grad()
    loss.backward()
    clip_grad_norm_(tcn.parameters(), 0.4, norm_type=float("inf"))
    optimizer.step()
print(sorted(tcn[0].state_dict()))

mem = MemN2N(10, 5)
optimizer = torch.optim.Adam(mem.parameters(), lr=0.01, eps=1e-8)
for epoch in range(20):
    stories = torch.from_numpy(rng.randint(1, 10, size=(6, 3, 4)))
    query = stories[:, 1].clone()
    optimizer.zero_grad()
    loss = F.cross_entropy(mem(stories, query), stories[:, 1, 0])
    loss.backward()
    for pn, p in mem.named_parameters():  # noise, and the row that pads
        p.grad.data.add_(1e-3 * torch.randn(p.grad.size()))
        p.grad.data[0].zero_()
    optimizer.step()
print("%.8f" % loss.item(), math.isfinite(loss.item()))

"""Matrix factorization, neural collaborative filtering, word2vec and a Boltzmann machine."""

import argparse
import collections
import os
import random
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
import torch.utils.data as data
from torch.optim.lr_scheduler import ExponentialLR


class NCFData(data.Dataset):
    def __init__(self, features, num_item, train_mat=None, num_ng=0, is_training=None):
        super(NCFData, self).__init__()
        self.features_ps = features
        self.num_item = num_item
        self.train_mat = train_mat
        self.num_ng = num_ng
        self.is_training = is_training
        self.labels = [0 for _ in range(len(features))]

    def ng_sample(self):
        assert self.is_training, "no need to sampling when testing"
        self.features_ng = []
        for x in self.features_ps:
            u = x[0]
            for t in range(self.num_ng):
                j = np.random.randint(self.num_item)
                while (u, j) in self.train_mat:
                    j = np.random.randint(self.num_item)
                self.features_ng.append([u, j])
        labels_ps = [1 for _ in range(len(self.features_ps))]
        labels_ng = [0 for _ in range(len(self.features_ng))]
        self.features_fill = self.features_ps + self.features_ng
        self.labels_fill = labels_ps + labels_ng

    def __len__(self):
        return (self.num_ng + 1) * len(self.labels)

    def __getitem__(self, idx):
        features = self.features_fill if self.is_training else self.features_ps
        labels = self.labels_fill if self.is_training else self.labels
        return features[idx][0], features[idx][1], labels[idx]


class NCF(nn.Module):
    def __init__(self, user_num, item_num, factor_num, num_layers, dropout, model):
        super(NCF, self).__init__()
        self.dropout = dropout
        self.model = model
        self.embed_user_GMF = nn.Embedding(user_num, factor_num)
        self.embed_item_GMF = nn.Embedding(item_num, factor_num)
        self.embed_user_MLP = nn.Embedding(user_num, factor_num * (2 ** (num_layers - 1)))
        self.embed_item_MLP = nn.Embedding(item_num, factor_num * (2 ** (num_layers - 1)))
        MLP_modules = []
        for i in range(num_layers):
            input_size = factor_num * (2 ** (num_layers - i))
            MLP_modules.append(nn.Dropout(p=self.dropout))
            MLP_modules.append(nn.Linear(input_size, input_size // 2))
            MLP_modules.append(nn.ReLU())
        self.MLP_layers = nn.Sequential(*MLP_modules)
        predict_size = factor_num if self.model in ["MLP", "GMF"] else factor_num * 2
        self.predict_layer = nn.Linear(predict_size, 1)
        self._init_weight_()

    def _init_weight_(self):
        nn.init.normal_(self.embed_user_GMF.weight, std=0.01)
        nn.init.normal_(self.embed_item_GMF.weight, std=0.01)
        for m in self.MLP_layers:
            if isinstance(m, nn.Linear):
                nn.init.xavier_uniform_(m.weight)
        nn.init.kaiming_uniform_(self.predict_layer.weight, a=1, nonlinearity="sigmoid")
        for m in self.modules():
            if isinstance(m, nn.Linear) and m.bias is not None:
                m.bias.data.zero_()

    def forward(self, user, item):
        output_GMF = self.embed_user_GMF(user) * self.embed_item_GMF(item)
        interaction = torch.cat((self.embed_user_MLP(user), self.embed_item_MLP(item)), -1)
        output_MLP = self.MLP_layers(interaction)
        concat = torch.cat((output_GMF, output_MLP), -1)
        prediction = self.predict_layer(concat)
        return prediction.view(-1)


class MF(nn.Module):
    def __init__(self, users, items, k):
        super().__init__()
        self.P, self.Q = nn.Embedding(users, k), nn.Embedding(items, k)
        self.bu, self.bi = nn.Embedding(users, 1), nn.Embedding(items, 1)

    def forward(self, u, i):
        return (self.P(u) * self.Q(i)).sum(1, keepdim=True).squeeze() + (
            self.bu(u) + self.bi(i)
        ).squeeze_()


class BPRLoss(nn.Module):
    def forward(self, pos, neg):
        return -F.logsigmoid(pos - neg).mean()


class SkipGram(nn.Module):
    def __init__(self, emb_size, emb_dimension):
        super().__init__()
        self.u_embeddings = nn.Embedding(emb_size, emb_dimension, sparse=False)
        self.v_embeddings = nn.Embedding(emb_size, emb_dimension, sparse=False)
        initrange = 1.0 / emb_dimension
        nn.init.uniform_(self.u_embeddings.weight.data, -initrange, initrange)
        nn.init.constant_(self.v_embeddings.weight.data, 0)

    def forward(self, pos_u, pos_v, neg_v):
        emb_u, emb_v = self.u_embeddings(pos_u), self.v_embeddings(pos_v)
        emb_neg_v = self.v_embeddings(neg_v)
        score = torch.sum(torch.mul(emb_u, emb_v), dim=1)
        score = torch.clamp(score, max=10, min=-10)
        score = -F.logsigmoid(score)
        neg_score = torch.bmm(emb_neg_v, emb_u.unsqueeze(2)).squeeze()
        neg_score = torch.clamp(neg_score, max=10, min=-10)
        neg_score = -torch.sum(F.logsigmoid(-neg_score), dim=1)
        return torch.mean(score + neg_score)


class RBM(nn.Module):
    def __init__(self, n_vis=8, n_hid=5, k=2):
        super(RBM, self).__init__()
        self.W = nn.Parameter(torch.randn(n_hid, n_vis) * 1e-1)
        self.v_bias = nn.Parameter(torch.zeros(n_vis))
        self.h_bias = nn.Parameter(torch.zeros(n_hid))
        self.k = k

    def sample_from_p(self, p):
        return F.relu(torch.sign(p - torch.rand(p.size())))

    def forward(self, v):
        h = self.sample_from_p(torch.sigmoid(F.linear(v, self.W, self.h_bias)))
        for _ in range(self.k):
            v_ = self.sample_from_p(torch.sigmoid(F.linear(h, self.W.t(), self.v_bias)))
            h = self.sample_from_p(torch.sigmoid(F.linear(v_, self.W, self.h_bias)))
        return v, v_

    def free_energy(self, v):
        vbias_term = v.mv(self.v_bias)
        wx_b = F.linear(v, self.W, self.h_bias)
        hidden_term = wx_b.exp().add(1).log().sum(1)
        return (-hidden_term - vbias_term).mean()


def hit(gt_item, pred_items):
    return 1 if gt_item in pred_items else 0


parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
parser.add_argument("--top_k", type=int, default=3, help="compute metrics@top_k")
parser.add_argument("--gpu", type=str, default="0", help="gpu card ID")
args, _ = parser.parse_known_args(sys.argv[1:])
os.environ.setdefault("CUDA_VISIBLE_DEVICES", args.gpu)
users, items = 6, 9
pairs = [[u, i] for u in range(users) for i in range(items) if (u + i) % 3 == 0]
train_dataset = NCFData(pairs, items, {(u, i) for u, i in pairs}, 2, True)
train_loader = data.DataLoader(train_dataset, batch_size=9, shuffle=True, num_workers=0)
model = NCF(users, items, 4, 2, 0.1, "NeuMF-end")
loss_function = nn.BCEWithLogitsLoss()
optimizer = optim.Adam(model.parameters(), lr=args.lr)
count = 0
for epoch in range(4):
    model.train()
    start_time = time.time()
    train_loader.dataset.ng_sample()
    for user, item, label in train_loader:
        label = label.float()
        model.zero_grad()
        prediction = model(user, item)
        loss = loss_function(prediction, label)
        loss.backward()
        optimizer.step()
        count += 1
    elapsed = time.strftime("%H: %M: %S", time.gmtime(time.time() - start_time))
    assert elapsed.startswith("00")
model.eval()
predictions = model(torch.zeros(items).long(), torch.arange(items))
_, indices = torch.topk(predictions, args.top_k)
recommends = torch.take(torch.arange(items), indices).cpu().numpy().tolist()
print(count, recommends, hit(0, recommends))

mf, bpr = MF(users, items, 3), BPRLoss()
optimizer = optim.SGD(mf.parameters(), lr=0.5, momentum=0.5)
scheduler = ExponentialLR(optimizer, gamma=0.95)
for _ in range(20):
    u, i = torch.tensor(random.choices(pairs, k=8)).t()
    j = (i + 1) % items
    loss = bpr(mf(u, i), mf(u, j)) + 1e-3 * sum(p.norm() ** 2 for p in mf.parameters())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
print("lr %.6f" % optimizer.param_groups[0]["lr"])

words = "the quick brown fox jumps over the lazy dog and the quick dog jumps over the fox".split()
counts = collections.Counter(words)
ids = {w: n for n, w in enumerate(sorted(counts))}
text = [ids[w] for w in words]
unigram = np.array([counts[w] for w in sorted(counts)]) ** 0.75
skip = SkipGram(len(ids), 4)
optimizer = optim.RMSprop(skip.parameters(), lr=0.02, centered=True)
for _ in range(20):
    centre = np.random.randint(1, len(text) - 1, 8)
    neg = torch.multinomial(torch.Tensor(unigram), 8 * 3, replacement=True).view(8, 3)
    loss = skip(
        torch.LongTensor([text[c] for c in centre]),
        torch.LongTensor([text[c + 1] for c in centre]),
        neg,
    )
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
embeddings = skip.u_embeddings.weight.cpu().data.numpy()
similar = F.cosine_similarity(torch.from_numpy(embeddings[:1]), torch.from_numpy(embeddings))
print("similar", similar.argsort(descending=True)[:3].tolist())

rbm = RBM()
optimizer = optim.SGD(rbm.parameters(), 0.1)
patterns = torch.Tensor([[1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]])
for _ in range(20):
    sample_data = patterns[torch.randint(2, (10,))].bernoulli()
    v, v1 = rbm(sample_data)
    loss = rbm.free_energy(v) - rbm.free_energy(v1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("%.8f" % rbm.free_energy(patterns).item())

"""Metric learning: contrastive pairs, triplets, ArcFace, NT-Xent and CLIP on the same encoder."""

import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import Parameter


class EmbeddingNet(nn.Module):
    def __init__(self, n_in=8, n_out=4):
        super(EmbeddingNet, self).__init__()
        self.fc = nn.Sequential(
            nn.Linear(n_in, 24), nn.PReLU(), nn.Linear(24, 24), nn.PReLU(), nn.Linear(24, n_out)
        )

    def forward(self, x):
        return self.fc(x)

    def get_embedding(self, x):
        return self.forward(x)


class SiameseNet(nn.Module):
    def __init__(self, embedding_net):
        super(SiameseNet, self).__init__()
        self.embedding_net = embedding_net

    def forward(self, x1, x2):
        return self.embedding_net(x1), self.embedding_net(x2)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin):
        super(ContrastiveLoss, self).__init__()
        self.margin = margin
        self.eps = 1e-9

    def forward(self, output1, output2, target, size_average=True):
        distances = (output2 - output1).pow(2).sum(1)  # squared distances
        losses = 0.5 * (
            target.float() * distances
            + (1 + -1 * target).float() * F.relu(self.margin - (distances + self.eps).sqrt()).pow(2)
        )
        return losses.mean() if size_average else losses.sum()


class ArcMarginProduct(nn.Module):
    def __init__(self, in_features, out_features, s=8.0, m=0.30, easy_margin=False):
        super(ArcMarginProduct, self).__init__()
        self.s = s
        self.m = m
        self.weight = Parameter(torch.FloatTensor(out_features, in_features))
        nn.init.xavier_uniform_(self.weight)
        self.easy_margin = easy_margin
        self.cos_m = math.cos(m)
        self.sin_m = math.sin(m)
        self.th = math.cos(math.pi - m)
        self.mm = math.sin(math.pi - m) * m

    def forward(self, input, label):
        cosine = F.linear(F.normalize(input), F.normalize(self.weight))
        sine = torch.sqrt((1.0 - torch.pow(cosine, 2)).clamp(0, 1))
        phi = cosine * self.cos_m - sine * self.sin_m
        if self.easy_margin:
            phi = torch.where(cosine > 0, phi, cosine)
        else:
            phi = torch.where(cosine > self.th, phi, cosine - self.mm)
        one_hot = torch.zeros(cosine.size(), device=input.device)
        one_hot.scatter_(1, label.view(-1, 1).long(), 1)
        output = (one_hot * phi) + ((1.0 - one_hot) * cosine)
        output *= self.s
        return output


def pdist(vectors):
    return (
        -2 * vectors.mm(torch.t(vectors))
        + vectors.pow(2).sum(dim=1).view(1, -1)
        + vectors.pow(2).sum(dim=1).view(-1, 1)
    )


def hardest_triplets(embeddings, labels, margin=1.0):
    distance = pdist(embeddings)
    labels = labels.cpu().data.numpy()
    triplets = []
    for label in sorted(set(labels)):
        indices = np.where(labels == label)[0]
        negatives = np.where(np.logical_not(labels == label))[0]
        for a in indices[:-1]:
            p = indices[-1]
            ap = distance[a, p]
            values = ap - distance[torch.LongTensor(np.array([a])), torch.LongTensor(negatives)]
            values = (values + margin).data.cpu().numpy()
            if values.max() > 0:
                triplets.append([a, p, negatives[np.argmax(values)]])
    return torch.LongTensor(np.array(triplets if triplets else [[0, 4, 1]]))


class NTXentLoss(torch.nn.Module):
    def __init__(self, batch_size, temperature, use_cosine_similarity=True):
        super(NTXentLoss, self).__init__()
        self.batch_size = batch_size
        self.temperature = temperature
        self.softmax = torch.nn.Softmax(dim=-1)
        self.mask_samples_from_same_repr = self._get_correlated_mask().type(torch.bool)
        self.similarity_function = self._cosine_simililarity
        self._cosine_similarity = torch.nn.CosineSimilarity(dim=-1)
        self.criterion = torch.nn.CrossEntropyLoss(reduction="sum")

    def _get_correlated_mask(self):
        diag = np.eye(2 * self.batch_size)
        l1 = np.eye((2 * self.batch_size), 2 * self.batch_size, k=-self.batch_size)
        l2 = np.eye((2 * self.batch_size), 2 * self.batch_size, k=self.batch_size)
        mask = torch.from_numpy((diag + l1 + l2))
        mask = (1 - mask).type(torch.bool)
        return mask

    def _cosine_simililarity(self, x, y):
        return self._cosine_similarity(x.unsqueeze(1), y.unsqueeze(0))

    def forward(self, zis, zjs):
        representations = torch.cat([zjs, zis], dim=0)
        similarity_matrix = self.similarity_function(representations, representations)
        l_pos = torch.diag(similarity_matrix, self.batch_size)
        r_pos = torch.diag(similarity_matrix, -self.batch_size)
        positives = torch.cat([l_pos, r_pos]).view(2 * self.batch_size, 1)
        negatives = similarity_matrix[self.mask_samples_from_same_repr]
        negatives = negatives.view(2 * self.batch_size, -1)
        logits = torch.cat((positives, negatives), dim=1)
        logits /= self.temperature
        labels = torch.zeros(2 * self.batch_size).long()
        return self.criterion(logits, labels) / (2 * self.batch_size)


class CLIP(nn.Module):
    def __init__(self, dim=4):
        super().__init__()
        self.visual, self.text = EmbeddingNet(8, dim), nn.EmbeddingBag(6, dim, mode="mean")
        self.logit_scale = nn.Parameter(torch.ones([]) * np.log(1 / 0.07))

    def forward(self, image, text):
        image_features, text_features = self.visual(image), self.text(text)
        image_features = image_features / image_features.norm(dim=1, keepdim=True)
        text_features = text_features / text_features.norm(dim=1, keepdim=True)
        logits_per_image = self.logit_scale.exp() * image_features @ text_features.t()
        labels = torch.arange(len(image), device=image.device)
        return (
            F.cross_entropy(logits_per_image, labels)
            + F.cross_entropy(logits_per_image.t(), labels)
        ) / 2


rng = np.random.RandomState(2)
centres = rng.randn(4, 8)


def batch(n=12):
    y = np.arange(n) % 4
    return torch.from_numpy(centres[y] + 0.5 * rng.randn(n, 8)).float(), torch.from_numpy(y)


siamese = SiameseNet(EmbeddingNet())
criterion = ContrastiveLoss(1.0)
optimizer = torch.optim.Adam(siamese.parameters(), lr=1e-2)
for _ in range(20):
    (x1, y1), (x2, y2) = batch(), batch()
    x2, y2 = x2.roll(1, 0), torch.roll(y2, 1) if _ % 2 else y2.roll(1)
    loss = criterion(*siamese(x1, x2), (y1 == y2).int())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

net = EmbeddingNet()
triplet = nn.TripletMarginLoss(margin=1.0, p=2)
optimizer = torch.optim.NAdam(net.parameters(), lr=1e-2)
for _ in range(20):
    x, y = batch()
    e = net(x)
    t = hardest_triplets(e, y)
    loss = triplet(e[t[:, 0]], e[t[:, 1]], e[t[:, 2]])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

net, metric_fc = EmbeddingNet(), ArcMarginProduct(4, 4)
optimizer = torch.optim.SGD(
    [{"params": net.parameters()}, {"params": metric_fc.parameters()}],
    lr=0.1,
    weight_decay=5e-4,
    nesterov=True,
    momentum=0.9,
)
for _ in range(20):
    x, y = batch()
    loss = F.cross_entropy(metric_fc(net(x), y), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

net, nt_xent = EmbeddingNet(), NTXentLoss(8, 0.5)
optimizer = torch.optim.Adam(net.parameters(), 1e-2, weight_decay=1e-4)
for _ in range(20):
    x, y = batch(8)
    xis, xjs = x + 0.1 * torch.randn(x.size()), x + 0.1 * torch.randn(*x.size())
    zis, zjs = F.normalize(net(xis), dim=1), F.normalize(net(xjs), dim=1)
    loss = nt_xent(zis, zjs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

clip = CLIP()
optimizer = torch.optim.Adam(clip.parameters(), lr=1e-2, betas=(0.9, 0.98), eps=1e-6)
for _ in range(20):
    x, y = batch(4)
    words = torch.stack([y, torch.full_like(y, 4), torch.full_like(y, 5)], dim=1)
    loss = clip(x, words)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        clip.logit_scale.clamp_(0, np.log(100))
print("%.8f" % clip.logit_scale.item())

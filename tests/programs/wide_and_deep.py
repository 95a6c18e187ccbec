"""Tabular data: wide & deep, factorization machine, and a small TabNet, with a custom Dataset."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn import BatchNorm1d, Linear, ReLU
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler, WeightedRandomSampler


class TabularDataset(Dataset):
    def __init__(self, n=96):
        rng = np.random.default_rng(0)
        self.cat_dims = [5, 3, 4]
        self.cats = np.stack([rng.integers(0, c, n) for c in self.cat_dims], 1).astype(np.int64)
        self.conts = rng.normal(size=(n, 4)).astype(np.float32)
        score = self.conts[:, 0] + (self.cats[:, 0] == 2) - 0.5 * (self.cats[:, 2] == 1)
        self.y = (score + 0.2 * rng.normal(size=n) > 0.2).astype(np.float32).reshape(-1, 1)

    def __len__(self):
        return len(self.y)

    def __getitem__(self, idx):
        return [self.y[idx], self.conts[idx], self.cats[idx]]


class FeedForwardNN(nn.Module):
    def __init__(self, emb_dims, no_of_cont, lin_layer_sizes, emb_dropout, lin_layer_dropouts):
        super().__init__()
        self.emb_layers = nn.ModuleList([nn.Embedding(x, y) for x, y in emb_dims])
        no_of_embs = sum([y for x, y in emb_dims])
        self.no_of_embs = no_of_embs
        self.no_of_cont = no_of_cont
        first_lin_layer = nn.Linear(self.no_of_embs + self.no_of_cont, lin_layer_sizes[0])
        self.lin_layers = nn.ModuleList(
            [first_lin_layer]
            + [
                nn.Linear(lin_layer_sizes[i], lin_layer_sizes[i + 1])
                for i in range(len(lin_layer_sizes) - 1)
            ]
        )
        for lin_layer in self.lin_layers:
            nn.init.kaiming_normal_(lin_layer.weight.data)
        self.output_layer = nn.Linear(lin_layer_sizes[-1], 1)
        nn.init.kaiming_normal_(self.output_layer.weight.data)
        self.first_bn_layer = nn.BatchNorm1d(self.no_of_cont)
        self.bn_layers = nn.ModuleList([nn.BatchNorm1d(size) for size in lin_layer_sizes])
        self.emb_dropout_layer = nn.Dropout(emb_dropout)
        self.dropout_layers = nn.ModuleList([nn.Dropout(size) for size in lin_layer_dropouts])

    def forward(self, cont_data, cat_data):
        x = [emb_layer(cat_data[:, i]) for i, emb_layer in enumerate(self.emb_layers)]
        x = torch.cat(x, 1)
        x = self.emb_dropout_layer(x)
        normalized_cont_data = self.first_bn_layer(cont_data)
        x = torch.cat([x, normalized_cont_data], 1)
        for lin_layer, dropout_layer, bn_layer in zip(
            self.lin_layers, self.dropout_layers, self.bn_layers
        ):
            x = F.relu(lin_layer(x))
            x = bn_layer(x)
            x = dropout_layer(x)
        return self.output_layer(x)


class FactorizationMachine(nn.Module):
    def __init__(self, field_dims, embed_dim):
        super().__init__()
        self.embedding = nn.Embedding(sum(field_dims), embed_dim)
        self.linear = nn.Embedding(sum(field_dims), 1)
        self.bias = nn.Parameter(torch.zeros((1,)))
        self.offsets = np.array((0, *np.cumsum(field_dims)[:-1]), dtype=np.int64)
        nn.init.xavier_uniform_(self.embedding.weight.data)

    def forward(self, cont, x):
        x = x + x.new_tensor(self.offsets).unsqueeze(0)
        e = self.embedding(x)
        square_of_sum = torch.sum(e, dim=1) ** 2
        sum_of_square = torch.sum(e**2, dim=1)
        ix = 0.5 * torch.sum(square_of_sum - sum_of_square, dim=1, keepdim=True)
        return torch.sum(self.linear(x), dim=1) + self.bias + ix


class GBN(torch.nn.Module):
    """Ghost Batch Normalization"""

    def __init__(self, input_dim, virtual_batch_size=8, momentum=0.01):
        super(GBN, self).__init__()
        self.virtual_batch_size = virtual_batch_size
        self.bn = BatchNorm1d(input_dim, momentum=momentum)

    def forward(self, x):
        chunks = x.chunk(int(np.ceil(x.shape[0] / self.virtual_batch_size)), 0)
        res = [self.bn(x_) for x_ in chunks]
        return torch.cat(res, dim=0)


class Sparsemax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input, dim=-1):
        ctx.dim = dim
        max_val, _ = input.max(dim=dim, keepdim=True)
        input = input - max_val
        input_srt, _ = torch.sort(input, descending=True, dim=dim)
        input_cumsum = input_srt.cumsum(dim) - 1
        rhos = torch.arange(1, input.size(dim) + 1, device=input.device, dtype=input.dtype)
        support = rhos * input_srt > input_cumsum
        support_size = support.sum(dim=dim).unsqueeze(dim)
        tau = input_cumsum.gather(dim, support_size - 1)
        tau /= support_size.to(input.dtype)
        output = torch.clamp(input - tau, min=0)
        ctx.save_for_backward(support_size, output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        supp_size, output = ctx.saved_tensors
        dim = ctx.dim
        grad_input = grad_output.clone()
        grad_input[output == 0] = 0
        v_hat = grad_input.sum(dim=dim) / supp_size.to(output.dtype).squeeze(dim)
        v_hat = v_hat.unsqueeze(dim)
        grad_input = torch.where(output != 0, grad_input - v_hat, grad_input)
        return grad_input, None


sparsemax = Sparsemax.apply


class TabNet(nn.Module):
    def __init__(self, cat_dims, no_of_cont, n_d=6, n_steps=2, gamma=1.3):
        super().__init__()
        self.embeddings = torch.nn.ModuleList([torch.nn.Embedding(c, 2) for c in cat_dims])
        input_dim = no_of_cont + 2 * len(cat_dims)
        self.initial_bn = BatchNorm1d(input_dim, momentum=0.01)
        self.shared = Linear(input_dim, 2 * (2 * n_d), bias=False)
        self.bns = nn.ModuleList(GBN(2 * (2 * n_d)) for _ in range(n_steps + 1))
        self.att = nn.ModuleList(Linear(n_d, input_dim, bias=False) for _ in range(n_steps))
        self.att_bn = nn.ModuleList(GBN(input_dim) for _ in range(n_steps))
        self.final_mapping = Linear(n_d, 1, bias=False)
        self.n_d, self.n_steps, self.gamma, self.relu = n_d, n_steps, gamma, ReLU()

    def transform(self, x, step):
        x = self.bns[step](self.shared(x))
        return torch.mul(x[:, : 2 * self.n_d], torch.sigmoid(x[:, 2 * self.n_d :]))

    def forward(self, cont, cat):
        cols = [emb(cat[:, i].long()) for i, emb in enumerate(self.embeddings)]
        x = self.initial_bn(torch.cat([cont, *cols], dim=1))
        prior = torch.ones(x.shape).to(x.device)
        att = self.transform(x, 0)[:, self.n_d :]
        M_loss, result = 0, 0
        for step in range(self.n_steps):
            M = sparsemax(self.att_bn[step](self.att[step](att)) * prior)
            M_loss += torch.mean(torch.sum(torch.mul(M, torch.log(M + 1e-15)), dim=1))
            prior = torch.mul(self.gamma - M, prior)
            out = self.transform(torch.mul(M, x), step + 1)
            result = torch.add(result, self.relu(out[:, : self.n_d]))
            att = out[:, self.n_d :]
        self.M_loss = M_loss / self.n_steps
        return self.final_mapping(result)


def main():
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    dataset = TabularDataset()
    emb_dims = [(x, min(50, (x + 1) // 2)) for x in dataset.cat_dims]
    weights = np.where(dataset.y[:, 0] == 1, 2.0, 1.0)
    samplers = [
        WeightedRandomSampler(weights, len(dataset), replacement=True),
        SubsetRandomSampler(list(range(64))),
        None,
    ]
    models = [
        FeedForwardNN(emb_dims, 4, [16, 12], 0.04, [0.1, 0.1]),
        FactorizationMachine(dataset.cat_dims, 4),
        TabNet(dataset.cat_dims, 4),
    ]
    for model, sampler in zip(models, samplers):
        model.to(device)
        loader = DataLoader(dataset, 16, sampler=sampler, shuffle=sampler is None, num_workers=0)
        criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.5]))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.02, steps_per_epoch=len(loader), epochs=4
        )
        for epoch in range(4):
            for y, cont_x, cat_x in loader:
                cat_x = cat_x.to(device)
                preds = model(cont_x.to(device), cat_x)
                loss = criterion(preds, y.to(device))
                if hasattr(model, "M_loss"):
                    loss -= 1e-3 * -model.M_loss
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                scheduler.step()
        model.eval()
        with torch.no_grad():
            y, cont, cats = next(iter(DataLoader(dataset, batch_size=len(dataset))))
            prob = torch.sigmoid(model(cont, cats))
            acc = ((prob > 0.5).float() == y).float().mean()
        print(type(model).__name__, "%.6f %.4f" % (loss.item(), acc), len(loader))


if __name__ == "__main__":
    main()

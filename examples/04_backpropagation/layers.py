"""The lectures' library of layers, from scratch: each has ``forward`` and ``backward``, in loops.

``backward`` takes ∂E/∂output and gives ∂E/∂input; what it learns about its own weights it keeps, as
``dweights`` and ``dbiases``.  Images are arrays ``(N, C, H, W)``: samples, channels, rows, columns.
"""

import numpy as np


class Dense:
    """``output = input · weights + biases`` for samples in rows."""

    def __init__(self, weights, biases):
        self.weights, self.biases = weights, biases

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.biases

    def backward(self, d):
        self.dweights = self.x.T @ d
        self.dbiases = d.sum(axis=0)
        return d @ self.weights.T


class Convolution:
    """A filter ``(C, k, k)`` for each output channel slides over the padded input."""

    def __init__(self, weights, biases, stride=1, padding=0):
        self.weights, self.biases = weights, biases
        self.stride, self.padding = stride, padding

    def forward(self, x):
        p, s, k = self.padding, self.stride, self.weights.shape[2]
        self.padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        rows, columns = (np.array(self.padded.shape[2:]) - k) // s + 1
        out = np.zeros((len(x), len(self.weights), rows, columns))
        for n, f, i, j in np.ndindex(out.shape):
            patch = self.padded[n, :, i * s : i * s + k, j * s : j * s + k]
            out[n, f, i, j] = (patch * self.weights[f]).sum() + self.biases[f]
        return out

    def backward(self, d):
        p, s, k = self.padding, self.stride, self.weights.shape[2]
        self.dweights = np.zeros_like(self.weights)
        self.dbiases = np.zeros_like(self.biases)
        dpadded = np.zeros_like(self.padded)
        for n, f, i, j in np.ndindex(d.shape):
            under = np.s_[n, :, i * s : i * s + k, j * s : j * s + k]
            self.dweights[f] += self.padded[under] * d[n, f, i, j]
            self.dbiases[f] += d[n, f, i, j]
            dpadded[under] += self.weights[f] * d[n, f, i, j]
        return dpadded[:, :, p : dpadded.shape[2] - p, p : dpadded.shape[3] - p]


class Pooling:
    """One number for each window of ``size × size``; windows may overlap."""

    def __init__(self, size, stride=None):
        self.size, self.stride = size, stride or size

    def windows(self, shape):
        """The place in the output and, for each, the window in the input."""
        k, s = self.size, self.stride
        rows, columns = (np.array(shape[2:]) - k) // s + 1
        for n, c, i, j in np.ndindex(shape[0], shape[1], rows, columns):
            yield (n, c, i, j), np.s_[n, c, i * s : i * s + k, j * s : j * s + k]

    def forward(self, x):
        self.x = x
        rows, columns = (np.array(x.shape[2:]) - self.size) // self.stride + 1
        out = np.zeros((*x.shape[:2], rows, columns))
        for place, window in self.windows(x.shape):
            out[place] = self.pooled(x[window])
        return out

    def backward(self, d):
        dx = np.zeros_like(self.x)
        for place, window in self.windows(self.x.shape):
            dx[window] += self.share(self.x[window]) * d[place]  # added: windows may overlap
        return dx


class MaxPooling(Pooling):
    """The largest number of the window; the gradient goes where it stood."""

    def pooled(self, window):
        return window.max()

    def share(self, window):
        mask = np.zeros_like(window)
        mask.flat[window.argmax()] = 1  # the first, if several are largest
        return mask


class MinPooling(Pooling):
    """The least number of the window; the gradient goes where it stood."""

    def pooled(self, window):
        return window.min()

    def share(self, window):
        mask = np.zeros_like(window)
        mask.flat[window.argmin()] = 1
        return mask


class AveragePooling(Pooling):
    """The mean of the window; each of its k · k numbers gets 1 / (k · k) of the gradient."""

    def pooled(self, window):
        return window.mean()

    def share(self, window):
        return np.full_like(window, 1 / window.size)


class Flat:
    """An image becomes a row of numbers, and its gradient an image again."""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, d):
        return d.reshape(self.shape)


class ReLU:
    """max(0, x); the slope is 1 above 0, else 0."""

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, d):
        return d * (self.x > 0)


class Sigmoid:
    """σ(x) = 1 / (1 + e⁻ˣ); the slope is σ · (1 − σ)."""

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, d):
        return d * self.out * (1 - self.out)


class Tanh:
    """tanh(x); the slope is 1 − tanh²."""

    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, d):
        return d * (1 - self.out**2)


class Softmax:
    """Shares p that add up to 1 in each row; ∂pᵢ/∂xⱼ = pᵢ·(1 if i = j else 0) − pᵢ·pⱼ."""

    def forward(self, x):
        powers = np.exp(x - x.max(axis=1, keepdims=True))
        self.p = powers / powers.sum(axis=1, keepdims=True)
        return self.p

    def backward(self, d):
        dx = np.zeros_like(d)
        for n, p in enumerate(self.p):  # one Jacobian for each sample
            dx[n] = (np.diag(p) - np.outer(p, p)) @ d[n]
        return dx


class CrossEntropy:
    """−log of the share of the right class, the mean over N samples; labels as numbers or rows."""

    def forward(self, p, labels):
        self.p, self.y = p, labels if labels.ndim == 2 else np.eye(p.shape[1])[labels]
        return -np.log((self.p * self.y).sum(axis=1)).mean()

    def backward(self):
        return -self.y / self.p / len(self.p)

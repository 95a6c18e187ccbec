"""The dense layer as the lecture builds it, with its gradients written out."""

import numpy as np


class DenseLayer:
    """``output = inputs · weights + biases``, for a batch with one sample in each row."""

    def __init__(self, n_inputs, n_neurons, rng):
        self.weights = rng.uniform(size=(n_inputs, n_neurons))
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.biases

    def backward(self, dvalues):
        """Takes ∂E/∂output, keeps ∂E/∂weights and ∂E/∂biases, gives ∂E/∂inputs."""
        self.dweights = self.inputs.T @ dvalues
        self.dbiases = dvalues.sum(axis=0, keepdims=True)
        return dvalues @ self.weights.T


class ReLU:
    """``max(0, x)``; where the input was not positive, no gradient passes."""

    def forward(self, inputs):
        self.inputs = inputs
        return np.maximum(inputs, 0)

    def backward(self, dvalues):
        return dvalues * (self.inputs > 0)


def softmax(scores):
    """Shares that add up to 1 in every row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

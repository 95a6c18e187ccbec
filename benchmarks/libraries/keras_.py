"""Keras on TensorFlow: a Keras model and optimizer, and the training step a ``tf.function``.

This is the step that Keras' guides show to those who write their own loop; ``train_on_batch`` does
the same work and more around it. Images are ``(N, H, W, C)``, the only order that TensorFlow has on
a CPU.
"""

from __future__ import annotations

import os
from itertools import cycle

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from benchmarks.data import MEAN, STD, Data
from benchmarks.libraries import Step, UnsupportedError
from benchmarks.models import (
    AvgPool,
    Conv,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool,
    Relu,
    Tanh,
)
from benchmarks.workloads import Workload

version = f"{keras.__version__}, TensorFlow {tf.__version__}"


def make(workload: Workload, data: Data, threads: int | None) -> Step:
    if threads is not None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    match workload.kind:
        case "train":
            return training(workload, data)
        case "infer":
            return inference(workload, data)
        case "load":
            return loading(workload, data)
        case _:
            raise UnsupportedError("a tf.function records nothing when it runs")


def to_array(result: tf.Tensor) -> np.ndarray:
    return result.numpy()


def layer_of(layer: Layer) -> layers.Layer:
    match layer:
        case Conv():
            # With stride 1, as wherever there is padding here, "same" pads kernel // 2.
            padding = "same" if layer.padding else "valid"
            return layers.Conv2D(layer.outputs, layer.kernel, layer.stride, padding)
        case Linear():
            return layers.Dense(layer.outputs)
        case Tanh():
            return layers.Activation("tanh")
        case Relu():
            return layers.ReLU()
        case Dropout():
            return layers.Dropout(layer.share)
        case AvgPool():
            return layers.AveragePooling2D(layer.size)
        case MaxPool():
            return layers.MaxPooling2D(layer.size)
        case Flatten():
            return layers.Flatten()


def model_of(workload: Workload) -> keras.Model:
    keras.utils.set_random_seed(0)
    shape = workload.sample_shape()
    if len(shape) == 3:
        channels, *sides = shape
        shape = (*sides, channels)
    return keras.Sequential([keras.Input(shape), *map(layer_of, workload.network())])


def optimizer_of(workload: Workload) -> keras.optimizers.Optimizer:
    match workload.optimizer:
        case "nesterov":
            return keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True)
        case "adam":
            return keras.optimizers.Adam(0.001)
        case _:
            return keras.optimizers.SGD(0.5)


def inputs_of(workload: Workload, data: Data) -> list[tuple[tf.Tensor, tf.Tensor]]:
    return [
        (tf.constant(x.transpose(0, 2, 3, 1) if x.ndim == 4 else x), tf.constant(labels))
        for x, labels in data.batches(workload)
    ]


def training(workload: Workload, data: Data) -> Step:
    model = model_of(workload)
    optimizer = optimizer_of(workload)
    optimizer.build(model.trainable_variables)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    batches = cycle(inputs_of(workload, data))

    @tf.function
    def train(x: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = cross_entropy(labels, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return lambda: train(*next(batches))


def inference(workload: Workload, data: Data) -> Step:
    model = model_of(workload)
    run = tf.function(lambda x: model(x, training=False))
    batches = cycle([x for x, _ in inputs_of(workload, data)])
    return lambda: run(next(batches))


def loading(workload: Workload, data: Data) -> Step:
    def normalised(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (tf.cast(images[..., None], tf.float32) / 255 - MEAN) / STD, labels

    count = len(data.labels)
    digits = tf.data.Dataset.from_tensor_slices((np.array(data.images), np.array(data.labels)))
    loader = digits.shuffle(count).batch(workload.batch).map(normalised).prefetch(1)

    def step() -> int:
        seen = 0
        for images, _labels in loader:
            seen += len(images)
        return seen

    return step

"""Faults of first values: of nn.init, and of what every layer begins with."""

from __future__ import annotations

from tests.faults import faults_in

TESTS = "tests/formulas/test_initialization.py"

FAULTS = [
    *faults_in(
        "nn/init.py",
        TESTS,
        ("calculate_gain: tanh has the gain of relu", '"tanh": 5 / 3', '"tanh": math.sqrt(2)'),
        ("calculate_gain: relu's gain is not under a root", '"relu": math.sqrt(2)', '"relu": 2.0'),
        ("calculate_gain: selu has gain 1", '"selu": 3 / 4', '"selu": 1.0'),
        (
            "calculate_gain: the slope is not squared",
            "math.sqrt(2 / (1 + param**2))",
            "math.sqrt(2 / (1 + abs(param)))",
        ),
        (
            "calculate_gain: the default slope is 0.1",
            "param = 0.01 if param is None",
            "param = 0.1 if param is None",
        ),
        (
            "calculate_gain: a slope of 0 is taken for none",
            "0.01 if param is None else param",
            "param or 0.01",
        ),
        (
            "fan in and fan out are swapped",
            "return inputs * math.prod(kernel), outputs * math.prod(kernel)",
            "return outputs * math.prod(kernel), inputs * math.prod(kernel)",
        ),
        (
            "fan in forgets the kernel",
            "return inputs * math.prod(kernel), outputs",
            "return inputs, outputs",
        ),
        (
            "fan out counts one side of the kernel only",
            "outputs * math.prod(kernel)",
            "outputs * math.prod(kernel[:1])",
        ),
        (
            "xavier_uniform_, kaiming_uniform_: the bound is the deviation",
            "bound = math.sqrt(3) * std",
            "bound = std",
        ),
        (
            "xavier: the fans are averaged twice",
            "math.sqrt(2 / sum(_calculate",
            "math.sqrt(1 / sum(_calculate",
        ),
        ("xavier: the gain is ignored", "return gain * math.sqrt(2", "return math.sqrt(2"),
        (
            "xavier: only fan in counts",
            "math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor, caller)))",
            "math.sqrt(1 / _calculate_fan_in_and_fan_out(tensor, caller)[0])",
        ),
        (
            "kaiming: the fan is not under a root",
            "calculate_gain(nonlinearity, a) / math.sqrt(fan)",
            "calculate_gain(nonlinearity, a) / fan",
        ),
        (
            "kaiming: the slope is ignored",
            "calculate_gain(nonlinearity, a) /",
            "calculate_gain(nonlinearity, 0) /",
        ),
        (
            "kaiming_normal_: fan out by default",
            'mode: str = "fan_in",\n    nonlinearity: str = "leaky_relu",\n'
            "    generator: Generator | None = None,\n) -> Tensor:\n"
            '    """Normal',
            'mode: str = "fan_out",\n    nonlinearity: str = "leaky_relu",\n'
            "    generator: Generator | None = None,\n) -> Tensor:\n"
            '    """Normal',
        ),
        (
            "uniform_: the interval is twice as long",
            "generator, a, b))",
            "generator, 2 * a, b))",
        ),
        (
            "normal_: the deviation is not used",
            "generator) * std + mean)",
            "generator) + mean)",
        ),
        (
            "normal_: the variance is std",
            "generator) * std + mean)",
            "generator) * math.sqrt(std) + mean)",
        ),
        (
            "trunc_normal_: values outside are clipped, not drawn again",
            "kept = (low <= drawn) & (drawn <= high)",
            "kept = drawn == drawn",
        ),
        (
            "trunc_normal_: the default bounds are those of a deviation of 1.5",
            "    a: float = -2.0,\n    b: float = 2.0,",
            "    a: float = -1.5,\n    b: float = 1.5,",
        ),
        (
            "orthogonal_: the gain is the square of the length",
            "gain * (q if rows",
            "math.sqrt(gain) * (q if rows",
        ),
        (
            "orthogonal_: a wide matrix is not transposed back",
            "(q if rows >= columns else q.T)",
            "q",
        ),
        (
            "eye_: ones on another diagonal",
            "np.eye(tensor.shape[0], tensor.shape[1])",
            "np.eye(tensor.shape[0], tensor.shape[1], k=1)",
        ),
        (
            "dirac_: not the middle of the kernel",
            "(size // 2 for size",
            "((size - 1) // 2 for size",
        ),
        (
            "dirac_: groups of outputs read from channels one after the other",
            "values[(first + passed, passed,",
            "values[(first + passed, (first + passed) % inputs,",
        ),
        ("sparse_: rounded down", "math.ceil(sparsity * rows)", "math.floor(sparsity * rows)"),
        (
            "sparse_: the share that is kept",
            "math.ceil(sparsity * rows)",
            "math.ceil((1 - sparsity) * rows)",
        ),
        ("sparse_: the default deviation is 0.1", "std: float = 0.01", "std: float = 0.1"),
    ),
    *faults_in(
        "nn/layers/base.py",
        TESTS,
        (
            "Linear, convolutions: weights go √3 times as far",
            "init.kaiming_uniform_(self.weight, a=math.sqrt(5))",
            "init.kaiming_uniform_(self.weight, a=1.0)",
        ),
        (
            "Linear, convolutions: weights are normal",
            "init.kaiming_uniform_(self.weight, a=math.sqrt(5))",
            "init.kaiming_normal_(self.weight, a=math.sqrt(17))",
        ),
        (
            "Linear, convolutions: the bias begins at 0",
            "init.uniform_(self.bias, -bound, bound)",
            "init.zeros_(self.bias)",
        ),
        (
            "Linear, convolutions: the bias is never negative",
            "init.uniform_(self.bias, -bound, bound)",
            "init.uniform_(self.bias, 0, bound)",
        ),
        (
            "convolutions: the bound of the bias forgets the kernel",
            "math.prod(self.weight.shape[1:])",
            "self.weight.shape[1]",
        ),
        (
            "Linear: the bound of the bias goes by the outputs",
            "math.prod(self.weight.shape[1:])",
            "math.prod(self.weight.shape) / self.weight.shape[1]",
        ),
    ),
    *faults_in(
        "nn/layers/linear.py",
        TESTS,
        (
            "Bilinear: the bound goes by both inputs",
            "1 / math.sqrt(self.in1_features)",
            "1 / math.sqrt(self.in1_features * self.in2_features)",
        ),
    ),
    *faults_in(
        "nn/layers/recurrent.py",
        TESTS,
        (
            "recurrent layers: the bound goes by the input",
            "_draw(self, self.hidden_size)\n\n    @property",
            "_draw(self, self.input_size)\n\n    @property",
        ),
        (
            "recurrent cells: the bound goes by the input",
            "_draw(self, self.hidden_size)\n\n    def _step",
            "_draw(self, self.input_size)\n\n    def _step",
        ),
        (
            "recurrent layers and cells: the bound is not under a root",
            "bound = 1 / math.sqrt(size) if size",
            "bound = 1 / size if size",
        ),
    ),
    *faults_in(
        "nn/layers/embedding.py",
        TESTS,
        (
            "Embedding: the table is uniform",
            "init.normal_(self.weight)",
            "init.uniform_(self.weight, -1, 1)",
        ),
        (
            "Embedding: the row for padding is drawn as well",
            "            init.zeros_(self.weight.detach()[self.padding_idx])\n",
            "            pass\n",
        ),
        (
            "Embedding: a negative padding_idx counts from the front",
            "            padding_idx %= rows\n",
            "            padding_idx = abs(padding_idx)\n",
        ),
    ),
    *faults_in(
        "nn/layers/normalization.py",
        TESTS,
        (
            "normalization: the scale begins at 0",
            "            init.ones_(self.weight)\n        if self.bias",
            "            init.zeros_(self.weight)\n        if self.bias",
        ),
        (
            "normalization: the shift begins at 1",
            "init.zeros_(self.bias)",
            "init.ones_(self.bias)",
        ),
        (
            "BatchNorm: the running variance begins at 0",
            "init.ones_(self.running_var)",
            "init.zeros_(self.running_var)",
        ),
        (
            "InstanceNorm: a scale by default",
            "        affine: bool = False,",
            "        affine: bool = True,",
        ),
    ),
    *faults_in(
        "nn/layers/activation.py",
        TESTS,
        ("PReLU: the slope begins at 0.01", "init: float = 0.25", "init: float = 0.01"),
    ),
    *faults_in(
        "nn/layers/attention.py",
        TESTS,
        (
            "MultiheadAttention: the projections begin as those of Linear",
            "init.xavier_uniform_(weight)",
            "init.kaiming_uniform_(weight, a=5**0.5)",
        ),
        (
            "MultiheadAttention: the bias of the output is drawn",
            "            init.zeros_(self.out_proj.bias)\n",
            "",
        ),
        (
            "MultiheadAttention: the added key and value are uniform",
            "init.xavier_normal_(bias)",
            "init.xavier_uniform_(bias)",
        ),
    ),
    *faults_in(
        "nn/layers/transformer.py",
        TESTS,
        (
            "Transformer: the matrices begin as those of Linear",
            "                init.xavier_uniform_(parameter)\n",
            "                pass\n",
        ),
        (
            "Transformer: the matrices are normal",
            "init.xavier_uniform_(parameter)",
            "init.xavier_normal_(parameter)",
        ),
    ),
    *faults_in(
        "nn/layers/lazy.py",
        TESTS,
        (
            "lazy layers: the values are those of fresh memory",
            "            ordinary.reset_parameters(self)\n",
            "            pass\n",
        ),
    ),
]

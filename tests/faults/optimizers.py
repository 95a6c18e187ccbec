"""Faults of optimizers."""

from __future__ import annotations

from tests.faults import faults_in

TESTS = "tests/formulas/test_optimizers.py"
STEPS = "tests/nn/test_optim.py"

FAULTS = [
    *faults_in(
        "nn/optim/sgd.py",
        TESTS,
        (
            "SGD: the default rate is ten times too large",
            "lr: float | Tensor = 1e-3",
            "lr: float | Tensor = 1e-2",
        ),
        (
            "SGD: dampening acts in the first step already",
            "with_momentum(p, g, b, 1.0)",
            "with_momentum(p, g, b)",
        ),
        (
            "SGD: dampening is what is kept of the gradient",
            'later = 1.0 - float(group["dampening"])',
            'later = float(group["dampening"])',
        ),
        (
            "SGD: Nesterov looks ahead by the whole buffer",
            "step = np.multiply(b, momentum, out=scratch(p))",
            "step = np.multiply(b, 1.0, out=scratch(p))",
        ),
        ("SGD: Nesterov is ignored", "            if nesterov:", "            if False:"),
        (
            "SGD: without momentum, weight decay is forgotten",
            "objective_gradient(p, g, weight_decay, maximize), lr)",
            "objective_gradient(p, g, 0, maximize), lr)",
        ),
        (
            "SGD: momentum is applied after the gradient was added",
            "np.add(b, g if share == 1",
            "np.add(b, momentum * g if share == 1",
        ),
    ),
    *faults_in(
        "nn/optim/blocks.py",
        TESTS,
        (
            "all optimizers: to maximize, the weights grow instead of decaying",
            "return (np.subtract if maximize else np.add)(decayed, g, out=decayed)",
            "return (decayed + g) * (-1 if maximize else 1)",
        ),
        (
            "all optimizers: maximize descends where there is no weight decay",
            "return np.negative(g, out=scratch(p, 1)) if maximize else g",
            "return g",
        ),
        (
            "all optimizers: the running mean keeps what it should take",
            "np.multiply(change, weight, out=change)\n    np.add(mean, change, out=mean)",
            "np.multiply(change, 1 - weight, out=change)\n    np.add(mean, change, out=mean)",
        ),
        (
            "all optimizers: the mean square is not weighted",
            "    np.multiply(square, 1 - keep, out=square)\n",
            "",
        ),
        (
            "all optimizers: two intermediate results share their memory",
            'name = f"{like.dtype.char}{index}"',
            "name = like.dtype.char",
        ),
    ),
    *faults_in(
        "nn/optim/optimizer.py",
        STEPS,
        (
            "all optimizers: a descend of one's own is left aside",
            "cls._descent = Optimizer._descent",
            "pass",
        ),
    ),
    *faults_in(
        "nn/optim/blocks.py",
        STEPS,
        (
            "all optimizers: what has faded stays",
            "np.copyto(array, 0, where=",
            "np.copyto(array, array, where=",
        ),
        (
            "all optimizers: means that still matter become 0",
            "TRACE, FADED = 1e3, 1e8",
            "TRACE, FADED = 1e3, 1e36",
        ),
        (
            "all optimizers: small means of squares become 0",
            "        if name in means:\n            np.copyto",
            "        if True:\n            np.copyto",
        ),
        (
            "all optimizers: a mean of squares that is 0 is raised",
            "(array < raised) & (array > 0)",
            "array < raised",
        ),
    ),
    *faults_in(
        "nn/optim/adam.py",
        TESTS,
        (
            "Adam: the bias correction of the squares is forgotten",
            "root = math.sqrt(1 - beta2**t)",
            "root = 1.0",
        ),
        (
            "Adam: the bias correction of the squares is a step behind",
            "root = math.sqrt(1 - beta2**t)",
            "root = math.sqrt(1 - beta2 ** max(t - 1, 1))",
        ),
        (
            "Adam: the bias correction of the mean is a step ahead",
            "rate = lr * root / (1 - beta1**t)",
            "rate = lr * root / (1 - beta1 ** (t + 1))",
        ),
        (
            "Adam: eps is added before the bias correction",
            "np.add(step, eps * root, out=step)",
            "np.add(step, eps, out=step)",
        ),
        (
            "Adam: eps is inside the root",
            "                step = np.sqrt(v, out=scratch(p))\n"
            "                np.add(step, eps * root, out=step)\n",
            "                step = np.sqrt(v + eps * root)\n",
        ),
        (
            "Adam: amsgrad keeps the smallest square",
            "v = np.maximum(largest[0], v, out=largest[0])",
            "v = np.minimum(largest[0], v, out=largest[0])",
        ),
        (
            "Adam: amsgrad forgets the largest square of the steps before",
            "v = np.maximum(largest[0], v, out=largest[0])",
            "v = np.maximum(largest[0], v)",
        ),
        (
            "AdamW: the weights grow",
            "weight_decay, shrink = 0.0, 1 - lr * weight_decay",
            "weight_decay, shrink = 0.0, 1 + lr * weight_decay",
        ),
        (
            "AdamW: the decay does not depend on the rate",
            "weight_decay, shrink = 0.0, 1 - lr * weight_decay",
            "weight_decay, shrink = 0.0, 1 - weight_decay",
        ),
        (
            "AdamW: the weights decay twice",
            "weight_decay, shrink = 0.0, 1 - lr * weight_decay",
            "shrink = 1 - lr * weight_decay",
        ),
        (
            "AdamW: it is Adam",
            "**options_of(locals()), decoupled_weight_decay=True)",
            "**options_of(locals()))",
        ),
        (
            "AdamW: no weight decay by default",
            "weight_decay: float = 1e-2",
            "weight_decay: float = 0",
        ),
        (
            "AdamW, NAdam, RAdam: the betas are swapped",
            'beta1, beta2 = map(float, group["betas"])\n    maximize, shrink',
            'beta2, beta1 = map(float, group["betas"])\n    maximize, shrink',
        ),
        (
            "Adamax: the bias correction is that of a step before",
            'state, t = self._next_step(param, "exp_avg", "exp_inf")\n'
            "        rate = lr / (1 - beta1**t)",
            'state, t = self._next_step(param, "exp_avg", "exp_inf")\n'
            "        rate = lr / (1 - beta1 ** max(t - 1, 1))",
        ),
        (
            "Adamax: eps is added to the maximum instead of to the gradient",
            "            np.add(size, eps, out=size)\n"
            "            np.multiply(u, beta2, out=u)\n"
            "            np.maximum(u, size, out=u)\n",
            "            np.multiply(u, beta2, out=u)\n"
            "            np.maximum(u, size, out=u)\n"
            "            np.add(u, eps, out=u)\n",
        ),
        (
            "Adamax: the maximum never fades",
            "            np.multiply(u, beta2, out=u)\n",
            "",
        ),
        (
            "NAdam: the step does not look ahead",
            "for step in (t, t + 1))",
            "for step in (t, t))",
        ),
        (
            "NAdam: the product of momenta forgets the steps before",
            'state["mu_product"].array *= mu',
            'state["mu_product"].array.fill(mu)',
        ),
        (
            "NAdam: the momentum's schedule begins with step 0",
            "for step in (t, t + 1))",
            "for step in (t - 1, t))",
        ),
        (
            "NAdam: the squares are not corrected",
            "height = np.divide(v, correction, out=scratch(p, 2))",
            "height = np.divide(v, 1, out=scratch(p, 2))",
        ),
        (
            "NAdam: the default of momentum_decay is ten times too large",
            "momentum_decay: float = 4e-3",
            "momentum_decay: float = 4e-2",
        ),
        ("RAdam: it trusts a step too early", "trusted = length > 5", "trusted = length > 4"),
        (
            "RAdam: the rectification is not under a root",
            "rate *= math.sqrt(share * longest / length * correction)",
            "rate *= share * longest / length * math.sqrt(correction)",
        ),
        (
            "RAdam: the squares are not corrected",
            "rate *= math.sqrt(share * longest / length * correction)",
            "rate *= math.sqrt(share * longest / length)",
        ),
        (
            "RAdam: the length lacks a factor 2",
            "length = longest - 2 * t * beta2**t / correction",
            "length = longest - t * beta2**t / correction",
        ),
    ),
    *faults_in(
        "nn/optim/adaptive.py",
        TESTS,
        (
            "Adagrad: the rate falls a step too early",
            "rate = lr / (1 + (t - 1) * lr_decay)",
            "rate = lr / (1 + t * lr_decay)",
        ),
        (
            "Adagrad: the sum begins at 0 whatever initial_accumulator_value says",
            "np.full_like(param.array, first)",
            "np.zeros_like(param.array)",
        ),
        (
            "Adagrad: the default of eps is that of Adam",
            "eps: float = 1e-10",
            "eps: float = 1e-8",
        ),
        (
            "RMSprop: the variance is not centered",
            "np.subtract(v, height, out=height)",
            "np.copyto(height, v)",
        ),
        (
            "RMSprop: the mean is not squared before it is subtracted",
            "height = np.multiply(mean, mean, out=scratch(p))",
            "height = np.abs(mean, out=scratch(p))",
        ),
        (
            "RMSprop: the mean of the gradient is as slow as alpha says fast",
            "mix_in(mean, g, 1 - alpha)",
            "mix_in(mean, g, alpha)",
        ),
        (
            "RMSprop: momentum and mean are mixed up",
            "b = others[0]",
            "b = others[-1]",
        ),
        (
            "RMSprop: the default of alpha is 0.9, as in the lecture",
            "alpha: float = 0.99",
            "alpha: float = 0.9",
        ),
        (
            "Adadelta: eps is outside of the roots",
            "            height = np.add(v, eps, out=scratch(p))\n"
            "            np.sqrt(height, out=height)\n",
            "            height = np.sqrt(v, out=scratch(p))\n"
            "            np.add(height, eps, out=height)\n",
        ),
        (
            "Adadelta: the steps' mean is that of squared gradients",
            "mix_in_square(u, step, rho)",
            "mix_in_square(u, g, rho)",
        ),
        (
            "Adadelta: the steps' mean is updated before it is used",
            "            step = np.add(u, eps, out=scratch(p, 2))\n",
            "            mix_in_square(u, g, rho)\n"
            "            step = np.add(u, eps, out=scratch(p, 2))\n",
        ),
        (
            "Rprop: where the sign changed, it steps nevertheless",
            "        before[turned] = 0\n",
            "",
        ),
        (
            "Rprop: the two etas are swapped",
            "etaminus, etaplus = (float",
            "etaplus, etaminus = (float",
        ),
        (
            "Rprop: the size is kept in bounds only after the step",
            "            np.clip(size, smallest, largest, out=size)\n"
            "            step = np.sign(before, out=factor)\n"
            "            step[np.isnan(before)] = 0  # what has no direction goes nowhere\n"
            "            np.multiply(step, size, out=step)\n",
            "            step = np.sign(before, out=factor)\n"
            "            np.multiply(step, size, out=step)\n"
            "            np.clip(size, smallest, largest, out=size)\n",
        ),
        (
            "Rprop: a gradient of zero makes the size shrink",
            "factor.fill(1)  #",
            "factor.fill(etaminus)  #",
        ),
        (
            "Rprop: a gradient without direction makes the parameter NaN",
            "            step[np.isnan(before)] = 0",
            "            ",
        ),
        (
            "Rprop: after an infinite first gradient the size is NaN",
            "factor.fill(1)  #",
            "factor[factor == 0] = 1  #",
        ),
        (
            "Rprop: the default of the largest size is 5",
            "step_sizes: tuple[float, float] = (1e-6, 50)",
            "step_sizes: tuple[float, float] = (1e-6, 5)",
        ),
    ),
    *faults_in(
        "nn/optim/asgd.py",
        TESTS,
        (
            "ASGD: the rate fades by the step to come",
            "(1 + lambd * lr * t) ** alpha",
            "(1 + lambd * lr * (t + 1)) ** alpha",
        ),
        (
            "ASGD: the weights do not decay by lambd",
            "            np.multiply(p, 1 - lambd * eta, out=p)\n",
            "",
        ),
        ("ASGD: averaging begins a step early", "max(1, t - t0)", "max(1, t - t0 + 1)"),
        (
            "ASGD: the average is that of the last two steps",
            "fill(1 / max(1, t - t0))",
            "fill(1 / min(2, max(1, t - t0)))",
        ),
        ("ASGD: the default of alpha is 0.5", "alpha: float = 0.75", "alpha: float = 0.5"),
    ),
    *faults_in(
        "nn/optim/adafactor.py",
        TESTS,
        (
            "Adafactor: rows and columns are mixed up",
            '(("row_var", -1), ("col_var", -2))',
            '(("row_var", -2), ("col_var", -1))',
        ),
        (
            "Adafactor: the estimate is divided by the mean over all rows of all matrices",
            "rows.mean(-2, keepdims=True)",
            "rows.mean(keepdims=True)",
        ),
        (
            "Adafactor: the size of the weights is measured after they shrank",
            "        rate = max(float(second), _rms(p)) * min(lr, 1 / math.sqrt(t))\n"
            "        if weight_decay:\n"
            "            np.multiply(p, 1 - lr * weight_decay, out=p)\n",
            "        if weight_decay:\n"
            "            np.multiply(p, 1 - lr * weight_decay, out=p)\n"
            "        rate = max(float(second), _rms(p)) * min(lr, 1 / math.sqrt(t))\n",
        ),
        ("Adafactor: d is ignored", "_rms(u) / d)", "_rms(u))"),
        (
            "Adafactor: the least size of the weights is ignored",
            "max(float(second), _rms(p))",
            "_rms(p)",
        ),
        (
            "Adafactor: the largest step does not fade",
            "min(lr, 1 / math.sqrt(t))",
            "min(lr, 1.0)",
        ),
        (
            "Adafactor: eps is compared with the square itself",
            "np.maximum(u, first * first, out=u)",
            "np.maximum(u, first, out=u)",
        ),
        (
            "Adafactor: eps of double precision for float32 as well",
            "finfo(param.dtype).eps if first is None",
            "2.220446049250313e-16 if first is None",
        ),
        (
            "Adafactor: the norm, not the root of the mean square",
            "/ math.sqrt(max(1, values.size))",
            "/ 1.0",
        ),
        (
            "Adafactor: maximize descends",
            '-rate if group["maximize"] else rate',
            "rate",
        ),
    ),
    *faults_in(
        "nn/optim/muon.py",
        TESTS,
        ("Muon: wide matrices get the larger rate", "rows / columns))", "columns / rows))"),
        (
            "Muon: tall matrices are iterated as wide ones",
            "return o if wide is direction else o.T",
            "return o if direction.shape[0] != o.shape[0] else o",
        ),
        ("Muon: Nesterov is ignored", 'if group["nesterov"]:', "if False:"),
        (
            "Muon: weight decay is not scaled by the rate",
            "np.multiply(p, 1 - lr * weight_decay, out=p)",
            "np.multiply(p, 1 - weight_decay, out=p)",
        ),
        (
            "Muon: a step of the iteration too few",
            'range(group["ns_steps"])',
            'range(group["ns_steps"] - 1)',
        ),
        (
            "Muon: the rate for AdamW goes by the smaller side",
            "math.sqrt(max(rows, columns))",
            "math.sqrt(min(rows, columns))",
        ),
        (
            "Muon: eps is added to the norm",
            'max(float(np.linalg.norm(o)), float(group["eps"]))',
            'float(np.linalg.norm(o)) + float(group["eps"])',
        ),
        (
            "Muon: the default of weight_decay is that of AdamW",
            "weight_decay: float = 0.1",
            "weight_decay: float = 0.01",
        ),
    ),
    *faults_in(
        "nn/optim/optimizer.py",
        TESTS,
        (
            "all optimizers: steps without a gradient are counted",
            "            if grad is not None:\n                descend(",
            "            if grad is None:\n"
            "                advance(self.remembered(param))\n"
            "            else:\n                descend(",
        ),
        (
            "all optimizers: the first step is number 0",
            "number: float = step.item() + 1\n    step.array.fill(number)",
            "number: float = step.item()\n    step.array.fill(number + 1)",
        ),
    ),
    *faults_in(
        "nn/optim/lbfgs.py",
        TESTS,
        (
            "LBFGS: the first step is not scaled",
            "t *= min(1.0, 1 / float(np.abs(g).sum()))",
            "t *= 1.0",
        ),
        (
            "LBFGS: the first step is scaled by the largest element",
            "1 / float(np.abs(g).sum())",
            "1 / largest(g)",
        ),
        (
            "LBFGS: the pairs are taken in the wrong order",
            "in reversed(pairs):",
            "in pairs:",
        ),
        (
            "LBFGS: the scale of the Hessian is that of the first pair",
            'state["H_diag"] = ys / float(np.dot(y, y))',
            'state["H_diag"] = ys / float(np.dot(y, y)) if len(changes) == 1 else state["H_diag"]',
        ),
        (
            "LBFGS: a pair too many is kept",
            "if len(kept) == history_size:",
            "if len(kept) > history_size:",
        ),
        ("LBFGS: the newest pair is forgotten instead of the oldest", "kept.pop(0)", "kept.pop()"),
        ("LBFGS: pairs that bend downward are kept", "if ys > 1e-10:", "if ys != 0:"),
        (
            "LBFGS: by default as many evaluations as iterations",
            "max_iter * 5 // 4 if max_eval is None",
            "max_iter if max_eval is None",
        ),
        (
            "LBFGS: it evaluates once more at the end",
            'if group["line_search_fn"] is None and not last:',
            'if group["line_search_fn"] is None:',
        ),
        (
            "LBFGS: one evaluation too many",
            'evaluations >= group["max_eval"]',
            'evaluations > group["max_eval"]',
        ),
        (
            "LBFGS: at the tolerance of the gradient it goes on",
            '        if largest(g) <= group["tolerance_grad"]:',
            '        if largest(g) < group["tolerance_grad"]:',
        ),
        (
            "LBFGS: steps are compared with the tolerance before they are scaled",
            'largest(d * t) <= group["tolerance_change"]',
            'largest(d) <= group["tolerance_change"]',
        ),
        (
            "LBFGS: it moves by the step without the rate",
            "            _go_along(params, t, d)\n            # At",
            "            _go_along(params, 1.0, d)\n            # At",
        ),
        (
            "LBFGS: the line search wants a loss that falls by a thousandth",
            "+ 1e-4 * point.t",
            "+ 1e-3 * point.t",
        ),
        ("LBFGS: any lower loss ends the line search", "+ 1e-4 * point.t", "+ 0 * point.t"),
        (
            "LBFGS: the line search wants a flatter slope",
            "<= -0.9 * start.slope",
            "<= -0.5 * start.slope",
        ),
        (
            "LBFGS: the line search takes any slope that is not steeper than the first",
            "<= -0.9 * start.slope",
            "<= -1.0 * start.slope",
        ),
        ("LBFGS: the line search leaps a hundred times as far", "10 * point.t", "100 * point.t"),
        (
            "LBFGS: beyond a minimum the line search goes on",
            "            if point.slope >= 0:\n                break\n",
            "",
        ),
        (
            "LBFGS: the minimum of the cubic lacks a factor",
            "bend = a.slope + b.slope - 3 * (b.loss - a.loss) / width",
            "bend = a.slope + b.slope - 2 * (b.loss - a.loss) / width",
        ),
        (
            "LBFGS: the other extremum of the cubic",
            "(b.slope + root - bend) / (b.slope - a.slope + 2 * root)",
            "(b.slope - root - bend) / (b.slope - a.slope - 2 * root)",
        ),
        (
            "LBFGS: the bracket keeps its ends apart by a hundredth",
            "margin = 0.1 *",
            "margin = 0.01 *",
        ),
        (
            "LBFGS: close to an end, the second try is no different",
            "            stuck = close\n",
            "            stuck = False\n",
        ),
        (
            "LBFGS: the line search ends at the end of the bracket that was tried last",
            "        return ends[low]\n",
            "        return point\n",
        ),
        (
            "LBFGS: the line search ends with a bracket of a thousandth",
            "< 1e-9:",
            "< 1e-3:",
        ),
    ),
    *faults_in(
        "nn/optim/optimizer.py",
        "tests/nn/test_optim.py",
        (
            "Optimizer: what an older state does not know stays as it was made",
            "before = {**self.defaults, **_off_by_default(type(self), self.defaults)}",
            "before = self.defaults",
        ),
        (
            "Optimizer: the arguments that a hook gets lack the optimizer",
            "hook(self, args, kwargs)\n            if replaced",
            "hook(self, args[1:], kwargs)\n            if replaced",
        ),
    ),
]

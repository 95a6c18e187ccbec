"""Faults of schedules, of averages of models, and of clipping."""

from __future__ import annotations

from tests.faults import faults_in

SCHEDULES = "tests/formulas/test_schedules.py"
AVERAGES = "tests/formulas/test_averages_and_clipping.py"

FAULTS = [
    *faults_in(
        "nn/optim/lr_scheduler/cycles.py",
        "tests/nn/test_lr_scheduler.py",
        (
            "OneCycleLR: phases of an older file are not read",
            'old = state.get("_phases") if',
            'old = state.get("phases") if',
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/factors.py",
        SCHEDULES,
        (
            "StepLR: an epoch early",
            "due = self.last_epoch != 0 and self.last_epoch % self.step_size == 0",
            "due = self.last_epoch % self.step_size == self.step_size - 1",
        ),
        (
            "StepLR: the first rate is lowered already",
            "due = self.last_epoch != 0 and self.last_epoch",
            "due = self.last_epoch",
        ),
        (
            "StepLR: sent to an epoch, it counts one step too many",
            "self.gamma ** (self.last_epoch // self.step_size)",
            "self.gamma ** (self.last_epoch // self.step_size + 1)",
        ),
        (
            "MultiStepLR: a milestone given twice counts once",
            "self._scaled(self.gamma ** self.milestones[self.last_epoch])",
            "self._scaled(self.gamma ** min(1, self.milestones[self.last_epoch]))",
        ),
        (
            "MultiStepLR: sent to an epoch, milestones need not be in order",
            "bisect_right(sorted(self.milestones.elements()), self.last_epoch)",
            "bisect_right(list(self.milestones.elements()), self.last_epoch)",
        ),
        (
            "MultiStepLR: the default of gamma is a half",
            "milestones: Iterable[int],\n        gamma: float = 0.1",
            "milestones: Iterable[int],\n        gamma: float = 0.5",
        ),
        (
            "ConstantLR: an epoch longer",
            "1 / self.factor if self.last_epoch == self.total_iters else 1",
            "1 / self.factor if self.last_epoch == self.total_iters + 1 else 1",
        ),
        (
            "ConstantLR: sent to its last epoch, the rate is still low",
            "1 if self.last_epoch >= self.total_iters else self.factor",
            "1 if self.last_epoch > self.total_iters else self.factor",
        ),
        (
            "ConstantLR: the default factor is a half",
            "factor: float = 1 / 3,\n        total_iters",
            "factor: float = 1 / 2,\n        total_iters",
        ),
        (
            "LinearLR: it goes on after its end",
            "if self._is_initial or self.last_epoch > self.total_iters:",
            "if self._is_initial:",
        ),
        (
            "LinearLR: it ends an epoch early",
            "if self._is_initial or self.last_epoch > self.total_iters:",
            "if self._is_initial or self.last_epoch >= self.total_iters:",
        ),
        (
            "LinearLR: it begins at the full rate",
            "return self._scaled(self.start_factor)",
            "return self._scaled(1)",
        ),
        (
            "ExponentialLR: an epoch early",
            "self._scaled(1 if self._is_initial else self.gamma)",
            "self._scaled(self.gamma)",
        ),
        (
            "PolynomialLR: the power is forgotten in the ratio of two epochs",
            "/ self._left(epoch - 1)) ** self.power)",
            "/ self._left(epoch - 1)))",
        ),
        (
            "PolynomialLR: sent beyond its end, it rises again",
            "self._left(min(self.total_iters, self.last_epoch)) ** self.power",
            "abs(self._left(self.last_epoch)) ** self.power",
        ),
        (
            "LambdaLR: the factors multiply",
            "pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)",
            'pairs = zip(values(self.optimizer, "lr"), self.lr_lambdas, strict=True)',
        ),
        (
            "MultiplicativeLR: the function gets the epoch before",
            "[lr * scale(epoch) for lr",
            "[lr * scale(epoch - 1) for lr",
        ),
        (
            "MultiplicativeLR: the first rate is multiplied already",
            "        if self._is_initial:\n            return rates\n",
            "",
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/cosine.py",
        SCHEDULES,
        (
            "CosineAnnealingLR: it is at its lowest an epoch early",
            "return 1 + math.cos(math.pi * epoch / self.T_max)",
            "return 1 + math.cos(math.pi * (epoch + 1) / (self.T_max + 1))",
        ),
        (
            "CosineAnnealingLR: at its lowest it stays",
            "if (epoch - 1 - self.T_max) % (2 * self.T_max) == 0:",
            "if False:",
        ),
        (
            "CosineAnnealingLR: eta_min is scaled with the rate",
            'return [low + (group["lr"] - low) * ratio for',
            'return [group["lr"] * ratio for',
        ),
        (
            "CosineAnnealingLR: sent to an epoch, eta_min is added twice",
            "return [low + (base - low) * height for base in self.base_lrs]\n\n\nclass",
            "return [low + base * height for base in self.base_lrs]\n\n\nclass",
        ),
        (
            "CosineAnnealingWarmRestarts: it restarts an epoch late",
            "if self.T_cur >= self.T_i:",
            "if self.T_cur > self.T_i:",
        ),
        (
            "CosineAnnealingWarmRestarts: all cosines are of one length",
            "                self.T_i *= self.T_mult\n",
            "",
        ),
        (
            "CosineAnnealingWarmRestarts: between epochs, the second cosine begins too late",
            "if epoch >= first else 0",
            "if epoch > first + 1 else 0",
        ),
        (
            "CosineAnnealingWarmRestarts: sent to an epoch, the length stays",
            "        self.T_i = first * times**n\n",
            "",
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/cycles.py",
        SCHEDULES,
        (
            "CyclicLR: triangular2 begins with half the height",
            "else 0.5 ** (x - 1)",
            "else 0.5**x",
        ),
        (
            "CyclicLR: exp_range goes by cycles",
            '"iterations" if mode == "exp_range" else "cycle"',
            '"cycle" if mode == "exp_range" else "cycle"',
        ),
        (
            "CyclicLR: cycles are counted from 0",
            "self.scale_fn(cycle if self.scale_mode",
            "self.scale_fn(cycle - 1 if self.scale_mode",
        ),
        (
            "CyclicLR: down takes as long as up, whatever step_size_down says",
            "(up if step_size_down is None else float(step_size_down))",
            "up",
        ),
        (
            "CyclicLR: momentum rises with the rate",
            "high - (high - low) * height)",
            "low + (high - low) * height)",
        ),
        (
            "CyclicLR: the default way up is a thousand steps",
            "step_size_up: int = 2000",
            "step_size_up: int = 1000",
        ),
        (
            "CyclicLR: the default of max_momentum is that of OneCycleLR",
            "max_momentum: float | list[float] = 0.9,",
            "max_momentum: float | list[float] = 0.95,",
        ),
        (
            "OneCycleLR: the top comes a step late",
            "top = pct_start * self.total_steps - 1",
            "top = pct_start * self.total_steps",
        ),
        (
            "OneCycleLR: the end is a step late",
            "last = self.total_steps - 1",
            "last = self.total_steps",
        ),
        (
            "OneCycleLR: the last rate is counted from the highest",
            'group["min_lr"] = group["initial_lr"] / final_div_factor',
            'group["min_lr"] = most / final_div_factor',
        ),
        (
            "OneCycleLR: of three phases, the second ends at twice the share",
            "_phase(2 * top,",
            "_phase(2 * top + 1,",
        ),
        (
            "OneCycleLR: of three phases, momentum falls again in the last",
            '"initial_lr", "min_lr", "max_momentum", "max_momentum")',
            '"initial_lr", "min_lr", "max_momentum", "base_momentum")',
        ),
        (
            "OneCycleLR: the cosine is a line",
            'if self._anneal_func_type == "cos":',
            "if False:",
        ),
        (
            "OneCycleLR: epochs and steps are added up",
            "return math.prod(given.values())",
            "return sum(given.values())",
        ),
        (
            "OneCycleLR: the default of div_factor is 10",
            "div_factor: float = 25.0",
            "div_factor: float = 10.0",
        ),
        (
            "OneCycleLR, CyclicLR: Adam's second beta is changed",
            'group["betas"] = (momentum, *group["betas"][1:])',
            'group["betas"] = (group["betas"][0], momentum)',
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/plateau.py",
        SCHEDULES,
        (
            "ReduceLROnPlateau: an epoch impatient",
            "if self.num_bad_epochs > self.patience:",
            "if self.num_bad_epochs >= self.patience:",
        ),
        (
            "ReduceLROnPlateau: better by just the threshold is enough",
            "sign * measure > sign * self.best + self.threshold",
            "sign * measure >= sign * self.best + self.threshold",
        ),
        (
            "ReduceLROnPlateau: the relative threshold has the wrong sign for losses",
            "* (1 + sign * self.threshold)",
            "* (1 + self.threshold)",
        ),
        (
            "ReduceLROnPlateau: bad epochs count while it cools down",
            "            self.cooldown_counter -= 1\n            self.num_bad_epochs = 0\n",
            "            self.cooldown_counter -= 1\n",
        ),
        (
            "ReduceLROnPlateau: an epoch more to cool down",
            "self.cooldown_counter = self.cooldown\n",
            "self.cooldown_counter = self.cooldown + 1\n",
        ),
        (
            "ReduceLROnPlateau: after a reduction, bad epochs still count",
            "            self._reduce()\n"
            "            self.cooldown_counter = self.cooldown\n"
            "            self.num_bad_epochs = 0\n",
            "            self._reduce()\n            self.cooldown_counter = self.cooldown\n",
        ),
        (
            "ReduceLROnPlateau: every measure becomes the best",
            "        if self._is_better(measure):\n            self.best = measure\n",
            "        better, self.best = self._is_better(measure), measure\n        if better:\n",
        ),
        (
            "ReduceLROnPlateau: a reduction of just eps is made",
            "if before - after > self.eps:",
            "if before - after >= self.eps:",
        ),
        (
            "ReduceLROnPlateau: the lowest rate is ignored",
            "max(before * self.factor, least)",
            "before * self.factor",
        ),
        (
            "ReduceLROnPlateau: the default threshold is tenfold",
            "threshold: float = 1e-4",
            "threshold: float = 1e-3",
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/combined.py",
        SCHEDULES,
        (
            "SequentialLR: the next schedule goes on from the rate before",
            "            scheduler._update_lr(0)\n",
            "            scheduler.step()\n",
        ),
        (
            "SequentialLR: the next schedule takes over an epoch late",
            "index = bisect_right(self._milestones, self.last_epoch)",
            "index = bisect_right(self._milestones, self.last_epoch - 1)",
        ),
        (
            "SequentialLR: the first rate is that of the last schedule",
            '            set_value(group, "lr", group["initial_lr"])\n',
            "            pass\n",
        ),
        (
            "ChainedScheduler: only the first schedule acts",
            "for scheduler in self._schedulers:\n            scheduler.step()",
            "for scheduler in self._schedulers[:1]:\n            scheduler.step()",
        ),
    ),
    *faults_in(
        "nn/optim/swa_utils.py",
        SCHEDULES,
        (
            "SWALR: the way is an epoch longer",
            "step / max(1, self.anneal_epochs)",
            "step / max(1, self.anneal_epochs + 1)",
        ),
        (
            "SWALR: from where it begins is told from the present share",
            "(lr - before * end) / (1 - before)",
            "(lr - now * end) / (1 - now)",
        ),
        (
            "SWALR: the default is a line",
            'anneal_strategy: str = "cos"',
            'anneal_strategy: str = "linear"',
        ),
    ),
    *faults_in(
        "nn/optim/swa_utils.py",
        AVERAGES,
        (
            "AveragedModel: the newest model counts too much",
            "average + (current - average) / (averaged + 1)",
            "average + (current - average) / averaged",
        ),
        (
            "AveragedModel: by default the newest model counts too much",
            "_mix(averages, currents, 1 / (int(averaged) + 1))",
            "_mix(averages, currents, 1 / int(averaged))",
        ),
        (
            "get_ema_avg_fn: the decay is what is taken of the newest",
            "decay * average + (1 - decay) * current",
            "(1 - decay) * average + decay * current",
        ),
        (
            "get_ema_multi_avg_fn: the decay is what is taken of the newest",
            "_mix(averages, currents, 1 - decay)",
            "_mix(averages, currents, decay)",
        ),
        (
            "get_ema_avg_fn: the default decay is 0.99",
            "def get_ema_avg_fn(decay: float = 0.999)",
            "def get_ema_avg_fn(decay: float = 0.99)",
        ),
        (
            "AveragedModel: the first model is averaged with the initial one",
            "if self.n_averaged == 0:",
            "if self.n_averaged == -1:",
        ),
        (
            "AveragedModel: buffers are copied though they should be averaged",
            "if not self.use_buffers:",
            "if True:",
        ),
        (
            "AveragedModel: buffers stay those of the first model",
            "                mine.copy_(other)\n",
            "                pass\n",
        ),
        (
            "update_bn: statistics go on from those there were",
            "        norm.reset_running_stats()\n",
            "",
        ),
        (
            "update_bn: later batches count more",
            "        norm.momentum = None\n",
            "",
        ),
        ("update_bn: the momentum is lost", "        norm.momentum = momentum\n", "        pass\n"),
    ),
    *faults_in(
        "nn/utils/clip_grad.py",
        AVERAGES,
        (
            "clip_grad_norm_: small gradients are stretched",
            "(total_norm + 1e-6), max=1.0)",
            "(total_norm + 1e-6))",
        ),
        (
            "clip_grad_norm_: the small number in the denominator is missing",
            "(total_norm + 1e-6)",
            "total_norm",
        ),
        (
            "clip_grad_norm_: norms of the parts are added up",
            "total = linalg.vector_norm(stack(norms), norm_type)",
            "total = linalg.vector_norm(stack(norms), 1)",
        ),
        (
            "clip_grad_norm_: the 2-norm, whatever norm_type says",
            "linalg.vector_norm(one, norm_type)",
            "linalg.vector_norm(one, 2)",
        ),
        (
            "clip_grad_value_: no lower bound",
            "grad.clamp_(-limit, limit)",
            "grad.clamp_(max=limit)",
        ),
    ),
    *faults_in(
        "nn/optim/lr_scheduler/base.py",
        "tests/nn/test_lr_scheduler.py",
        (
            "a schedule never says that it is step that asks for the rates",
            "        self._get_lr_called_within_step = True\n",
            "",
        ),
    ),
    *faults_in(
        "autotensor/amp.py",
        "tests/autotensor/test_without_effect.py",
        (
            "GradScaler: the scale grows past float32",
            "if larger <= LARGEST:",
            "if larger:",
        ),
    ),
]

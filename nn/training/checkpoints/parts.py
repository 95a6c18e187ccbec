"""What a run consists of: read as one state, compared with one, and taken to it."""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

from nn.module import Module
from nn.parallel import DistributedDataParallel
from nn.training.callbacks import Callback, Run
from nn.training.checkpoints.about import FORMAT
from nn.training.checkpoints.folder import unlike
from nn.training.checkpoints.generators import generators_in, states_of, take_to
from nn.training.history import History

__all__: list[str] = []  # helpers, which no package shows

LATER = "_get_lr_called_within_step", "mode_worse"
"""Names in a schedule's state that older checkpoints lack, and that it goes on without."""


@dataclass(eq=False)
class Parts:
    """All that decides how a run goes on."""

    run: Run
    loss: Any
    metrics: Mapping[str, Any] | None
    callbacks: Sequence[Callback]
    scheduler: Any
    """The one that ``fit`` steps; ``run.scheduler`` may be that of a callback."""

    @property
    def model(self) -> Module:
        """What is trained, also where several processes do: their names are those of one."""
        model = self.run.model
        return model.module if isinstance(model, DistributedDataParallel) else model

    def check(self) -> None:
        """Refuses, before training, what has no state that could be kept."""
        for what, one in (("optimizer", self.run.optimizer), ("scheduler", self.scheduler)):
            if one is not None and not stateful(one):
                raise TypeError(
                    f"fit: to keep checkpoints, the {what} needs state_dict and load_state_dict, "
                    f"which {type(one).__name__} has not"
                )

    # -- reading ---------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """All of it, but for the place within an epoch."""
        return {**self._state_but_optimizer(), "optimizer": self.run.optimizer.state_dict()}

    def _state_but_optimizer(self) -> dict[str, Any]:
        run = self.run
        return {
            "version": FORMAT,
            "classes": self._classes(),
            "epochs": run.epochs,
            "epoch": run.epoch,
            "step": run.step,
            "stopped": run.stopped,
            "history": dict(run.history),
            "model": self.model.state_dict(),
            "model_settings": _settings(self.model),
            "shapes": self._shapes(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "loss": self.loss.state_dict() if isinstance(self.loss, Module) else {},
            "callbacks": [[type(one).__name__, one.state_dict()] for one in self.callbacks],
            "validation": _state_of(run.validation),
        }

    def random(self) -> dict[str, Any]:
        """The states of all random generators."""
        return states_of(self._generators())

    def set_random(self, states: Mapping[str, Any]) -> None:
        take_to(states, self._generators())

    def _generators(self) -> dict[str, Any]:
        run = self.run
        names = ("loader", "validation", "optimizer")
        things = {"model": self.model} | {name: getattr(run, name) for name in names}
        own = {"loss": self.loss, "metrics": self.metrics, "scheduler": self.scheduler}
        return generators_in({**things, **own, "callbacks": list(self.callbacks)})

    def _classes(self) -> dict[str, str]:
        optimizer: Any = self.run.optimizer
        if hasattr(optimizer, "consolidate_state_dict"):  # its state is that of the one inside
            optimizer = getattr(optimizer, "optim", optimizer)
        return {
            "optimizer": type(optimizer).__name__,
            "scheduler": type(self.scheduler).__name__,
        }

    def _shapes(self) -> list[list[tuple[int, ...]]]:
        groups = getattr(self.run.optimizer, "param_groups", [])
        return [[tuple(one.shape) for one in group["params"]] for group in groups]

    # -- comparing -------------------------------------------------------------------------------

    def differences(self, state: Mapping[str, Any]) -> list[str]:
        """Why a state is that of another run; nothing where it is not."""
        if not isinstance(state, Mapping) or "model_settings" not in state:
            return ["it holds no run of fit; CheckpointFolder.load gives what it holds"]
        if state["version"] != FORMAT:
            return [f"it is of format {state['version']}, and this version of fit reads {FORMAT}"]
        found = [
            f"the {name} is {state['classes'][name]} in the checkpoint, here {own}"
            for name, own in self._classes().items()
            if state["classes"][name] != own
        ]
        model = self.model
        found += unlike(state["model"], model.state_dict(), "model")
        found += unlike(state["model_settings"], _settings(model), "model settings")
        if [len(group) for group in state["shapes"]] != list(map(len, self._shapes())):
            counts = [[len(group) for group in one] for one in (state["shapes"], self._shapes())]
            found.append(f"the optimizer has groups of {counts[0]} parameters in the checkpoint, "
                         f"here {counts[1]}")  # fmt: skip
        elif [list(map(tuple, group)) for group in state["shapes"]] != self._shapes():
            found.append("the optimizer has its parameters in another order")
        if not found and self.scheduler is not None:
            own = self.scheduler.state_dict()
            found += unlike(_names_of(state["scheduler"]), _names_of(own), "scheduler")
        if isinstance(self.loss, Module):
            found += unlike(state["loss"], self.loss.state_dict(), "loss")
        return found

    # -- taking over -----------------------------------------------------------------------------

    def load(self, state: Mapping[str, Any], loader: Any) -> None:
        """Takes over a state that has no differences, and that of the loader if there is one; all
        of it, or after an error nothing."""
        # Of an optimizer that is in parts nobody has all; it refuses before it changes anything.
        in_parts = self.run.ranks > 1 and hasattr(self.run.optimizer, "consolidate_state_dict")
        before = copy.deepcopy(self._state_but_optimizer() if in_parts else self.state())
        random, loader_before = self.random(), copy.deepcopy(_state_of(self.run.loader))
        try:
            self._take_loader(loader)
            self._take(state)
        except BaseException as error:
            self._take_loader(loader_before)
            self._take(before)
            self.set_random(random)
            error.add_note("fit: the checkpoint is that of another run, and nothing was changed")
            raise

    def _take_loader(self, state: Any) -> None:
        if state is not None and stateful(self.run.loader):
            self.run.loader.load_state_dict(state)

    def _take(self, state: Mapping[str, Any]) -> None:
        run = self.run
        self.model.load_state_dict(state["model"])
        _set_settings(self.model, state["model_settings"])
        if "optimizer" in state:
            run.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        if isinstance(self.loss, Module):
            self.loss.load_state_dict(state["loss"])
        if state["validation"] is not None and stateful(run.validation):
            run.validation.load_state_dict(state["validation"])
        for one, own in self._paired(state["callbacks"]):
            one.load_state_dict(own)
        run.epoch, run.step, run.stopped = state["epoch"], state["step"], state["stopped"]
        run.history = History(state["history"])

    def _paired(self, saved: Sequence[Any]) -> Iterator[tuple[Callback, Any]]:
        """Each callback with its state: the first of a class with the first of that class."""
        left = [(name, own) for name, own in saved]
        for one in self.callbacks:
            place = next(
                (at for at, (name, _) in enumerate(left) if name == type(one).__name__), -1
            )
            if place >= 0:
                yield one, left.pop(place)[1]
        gone = Counter(name for name, own in left if own)
        if gone and self.run.together.first:  # others may have fewer
            warnings.warn(
                f"fit: the checkpoint holds what {', '.join(gone)} remembered, but callbacks= has "
                "none of that class now",
                stacklevel=2,
            )


class _Stateful(Protocol):
    def state_dict(self) -> Any: ...

    def load_state_dict(self, state: Any) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


def stateful(thing: Any) -> TypeGuard[_Stateful]:
    """Whether it has a state that can be kept."""
    return hasattr(thing, "state_dict") and hasattr(thing, "load_state_dict")


def _state_of(thing: Any) -> Any:
    return thing.state_dict() if stateful(thing) else None


def _names_of(state: Any) -> Any:
    """A schedule's state without its values, and with names only where those are settled."""
    if isinstance(state, Mapping):
        kept = {key: one for key, one in state.items() if isinstance(key, str) and key not in LATER}
        return {key: _names_of(one) for key, one in kept.items()}
    if isinstance(state, list) and state and all(isinstance(one, Mapping) for one in state):
        return [_names_of(one) for one in state]
    return None


def _settings(model: Module) -> dict[str, Any]:
    """What a state dict leaves out: buffers that are not persistent, what is frozen, modes."""
    kept = set(model.state_dict())
    return {
        "buffers": {name: one for name, one in model.named_buffers() if name not in kept},
        "requires_grad": {name: one.requires_grad for name, one in model.named_parameters()},
        "training": {name: one.training for name, one in model.named_modules()},
    }


def _set_settings(model: Module, settings: Mapping[str, Any]) -> None:
    buffers, parameters = dict(model.named_buffers()), dict(model.named_parameters())
    for name, value in settings["buffers"].items():
        buffers[name].detach().copy_(value)
    for name, wanted in settings["requires_grad"].items():
        parameters[name].requires_grad_(wanted)
    for name, module in model.named_modules():
        module.training = settings["training"][name]


def refusal(differences: Sequence[str], place: str) -> str:
    """What to say of a checkpoint that is of another run."""
    shown = "; ".join(differences[:5])
    more = f"; and {len(differences) - 5} more" if len(differences) > 5 else ""
    return (
        f"fit: the checkpoint in {place} is that of another run: {shown}{more}. Nothing was "
        "changed. Make the same model and optimizer, or choose another folder"
    )

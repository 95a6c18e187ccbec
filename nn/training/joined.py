"""What several processes have measured, as if it had been one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from autotensor import Tensor
from nn.training.measures import Measures, accumulates, state_of_metric
from nn.training.reading import Judgement, Reading, owner_of
from nn.training.shares import joined

__all__: list[str] = []  # helpers, which no package shows


def adds_up(metric: Any) -> bool:
    """Whether what it has counted can be added to what another has: it has ``merge``, and nobody
    has changed how it counts since that was written."""
    merge, update = owner_of(metric, "merge"), owner_of(metric, "update")
    return (
        accumulates(metric)
        and merge is not None
        and update is not None
        and issubclass(merge, update)
    )


class JointMeasures(Measures):
    """Counts this process's part of every batch; ``join`` makes of it what all have counted.

    A metric with ``merge`` does so too.  Any other sees the whole of every batch, in every process:
    so its value is that of one process, whatever it does with it.
    """

    __slots__ = ("adding", "together", "whole")

    def __init__(
        self, together: Any, reading: Reading, metrics: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(reading, metrics)
        self.together = together
        self.adding = {name: one for name, one in self.metrics.items() if adds_up(one)}
        self.whole = {name: one for name, one in self.metrics.items() if name not in self.adding}

    def add(self, scores: Any, targets: Any, loss: float | None) -> None:
        if self.together.idle:
            self.add_nothing()
        else:
            super().add(scores, targets, loss)

    def add_nothing(self) -> None:
        """Takes part where others have a part of the batch."""
        if self.whole:
            self._measure_whole(None)

    def _measure(self, scores: Any, targets: Any, size: int, metrics: Mapping[str, Any]) -> None:
        super()._measure(scores, targets, size, self.adding)
        if self.whole:
            scores = scores.detach() if isinstance(scores, Tensor) else scores
            self._measure_whole((scores, targets, size))

    def _measure_whole(self, own: Any) -> None:
        parts = [one for one in self.together.gather(own) if one is not None]
        try:
            scores, targets = (joined([one[at] for one in parts]) for at in (0, 1))
            parts = [(scores, targets, sum(one[2] for one in parts))]
        except ValueError:
            pass  # then it sees one part after the other
        for scores, targets, size in parts:
            super()._measure(scores, targets, size, self.whole)

    # -- joining ---------------------------------------------------------------------------------

    def join(self) -> None:
        counted, merged = self._of_all()
        super().load_state_dict(counted | {"metrics": {}})
        for name, one in merged.items():
            self.metrics[name].reset()
            self.metrics[name].merge(one)

    def joint_state(self) -> dict[str, Any]:
        """What ``state_dict`` would give after ``join``, for one process to go on with."""
        counted, merged = self._of_all()
        whole = {name: one for name, one in self.whole.items() if accumulates(one)}
        both = {name: state_of_metric(one) for name, one in (merged | whole).items()}
        return counted | {"metrics": both}

    def take_joint_state(self, state: Mapping[str, Any]) -> None:
        """Goes on from ``joint_state``: the first process with what was counted, the others with
        nothing, but for what all of them count."""
        if self.together.first:
            self.load_state_dict(state)
            return
        judged = {name: getattr(Judgement(), name) for name in Judgement.__slots__}
        nothing = {"samples": 0, "weighed": 0.0, "loss_sum": None, "judgement": judged}
        whole = {name: one for name, one in state["metrics"].items() if name in self.whole}
        self.load_state_dict({**state, **nothing, "metrics": whole})

    def _of_all(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What all have counted, added in the order of ranks; and metrics that have all of it."""
        everybodys = self.together.gather((self.state_dict() | {"metrics": {}}, self.adding))
        counts = [one[0] for one in everybodys]
        losses = [one["loss_sum"] for one in counts if one["loss_sum"] is not None]
        judged = {
            name: sum(one["judgement"][name] for one in counts)
            for name in ("judged", "right", "right_of_logits")
        }
        said = {
            name: any(one["judgement"][name] for one in counts) for name in ("logits", "refused")
        }
        counted = {
            "samples": sum(one["samples"] for one in counts),
            "weighed": sum(one["weighed"] for one in counts),
            "loss_sum": sum(losses) if losses else None,
            "sums": self.sums,
            "judgement": judged | said,
        }
        merged = {}
        for name, one in self.adding.items():
            merged[name] = copy.deepcopy(one)
            merged[name].reset()
            for _, theirs in everybodys:
                merged[name].merge(theirs[name])
        return counted, merged

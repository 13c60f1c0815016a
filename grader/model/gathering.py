"""Things gathered from several questions (regions, clusters, ...), with the gaps where AWS did not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from grader.errors import Missing, Unverified

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Gathered(Generic[T]):
    """Items found, and a gap for each question that was refused: where there are gaps, none is not none."""

    items: tuple[T, ...]
    gaps: tuple[Unverified, ...] = ()

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def where(self, keep: Callable[[T], bool]) -> Gathered[T]:
        """The items that ``keep`` holds of, with the same gaps."""
        return Gathered(tuple(item for item in self.items if keep(item)), self.gaps)

    def complete(self) -> tuple[T, ...]:
        """All items; raises ``Unverified`` if a question was refused."""
        if self.gaps:
            raise merged(self.gaps)
        return self.items

    def within(self, region: str) -> Gathered[T]:
        """The same items, with the gaps of one region: what another region hides cannot be in this one."""
        gaps = (gap for gap in self.gaps if any(one.question.region == region for one in gap.refusals))
        return Gathered(self.items, tuple(gaps))

    def complete_in(self, region: str) -> None:
        """Raise ``Unverified`` if a question of one region was refused; what another region hides is not there."""
        self.within(region).complete()

    def nothing(self, sentence: str) -> Missing | Unverified:
        """What to raise where no item will do: unknown if there are gaps, else missing in words."""
        return merged(self.gaps) if self.gaps else Missing(sentence)


def merged(gaps: Iterable[Unverified]) -> Unverified:
    """Several refusals as one."""
    gaps = tuple(gaps)
    if len(gaps) == 1:
        return gaps[0]
    refusals = tuple(dict.fromkeys(refusal for gap in gaps for refusal in gap.refusals))
    return Unverified(f"{gaps[0]} (and {len(gaps) - 1} more)", refusals)


def gather(read: Callable[[K], Iterable[T]], places: Iterable[K]) -> Gathered[T]:
    """Read each place; keep its items, or its refusal as a gap. What AWS says is absent adds nothing."""
    items: list[T] = []
    gaps: list[Unverified] = []
    for place in places:
        try:
            items.extend(read(place))
        except Unverified as error:
            gaps.append(error)
        except Missing:
            continue
    return Gathered(tuple(items), tuple(gaps))

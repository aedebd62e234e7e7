"""The scales on which a level is modelled: a share between its limits, a quantity above its lower one, or a figure of any sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kpi_lib.forecast.processes import Array
from kpi_lib.forecast.structural import LARGEST_JUMP, TRANSFORMS, log_guard, restore, transformed

FAMILIES = {"share": ("logit", "angle"), "quantity": TRANSFORMS, "any": ("identity",)}
EDGE = 0.002  # added at both ends of a share that has stood at a limit before the angle, whose derivative has no bound there
GUARDS = 0.0005, 0.005  # bounds of what is added at both ends before the logit of a share that has stood at a limit
HALF = 0.5  # added to a count, so that none is at the limit


@dataclass(frozen=True, slots=True)
class Scaled:
    """Levels of a batch on every scale of their family, each less its mean of the last year.

    `values` (scales, series, n), `jacobian` (series, scales): log derivative summed over the figures; `centre` (scales, series).
    `unit` and `guard` (series, 1) are what `back` needs; `touched` (series,): stood at a limit before, and may again.
    """

    family: str
    values: Array
    jacobian: Array
    centre: Array
    unit: Array
    guard: Array
    touched: NDArray[np.bool_]
    lower: float
    upper: float
    whole: bool
    largest: Array

    def back(self, scale: int, series: int, values: Array) -> Array:
        """Values of one series on one scale as figures inside the limits, whole where they are counts."""
        values = values + self.centre[scale, series]
        if self.family == "share":
            share = _share(values, scale, float(self.guard[series, 0]), touched=bool(self.touched[series]))
            found = self.lower + (self.upper - self.lower) * share
        elif self.family == "quantity":
            restore(values, scale, self.guard[series])
            relative = np.minimum(values, self.largest[series])
            found = self.lower + relative * self.unit[series] - (HALF if self.whole else 0.0)
        else:
            found = values * self.unit[series]
        return np.clip(np.round(found) if self.whole else found, self.lower, self.upper)


def scaled(history: Array, recent: Array, *, lower: float, upper: float, whole: bool) -> Scaled:
    """A batch of levels `(series, n)` on the scales of its family; `recent` (n,) marks the figures of the last year."""
    held = np.clip(history, lower, upper)
    none = np.zeros((len(held), 1))
    unit, guard = none + 1.0, none
    touched: NDArray[np.bool_] = none[:, 0] > 0
    if np.isfinite(lower) and np.isfinite(upper):
        family, share = "share", (held - lower) / (upper - lower)
        touched = np.asarray(((share <= 0) | (share >= 1)).any(axis=1))
        values, jacobian, guard = _shares(share, touched)
        largest = none[:, 0] + 1.0
    elif np.isfinite(lower):
        family, above = "quantity", held - lower + (HALF if whole else 0.0)
        unit = _unit(above, recent)
        values, jacobian = transformed(above / unit)
        guard = log_guard(above / unit)
        largest = LARGEST_JUMP * (above / unit).max(axis=1)
    else:
        family, unit = "any", _unit(np.abs(held), recent)
        values, jacobian, largest = (held / unit)[None], none, none[:, 0] + np.inf
    centre = values[:, :, recent].mean(axis=2)
    return Scaled(family, values - centre[..., None], jacobian, centre, unit, guard, touched, lower, upper, whole, largest)


def usual_step(history: Array, recent: Array, usual: Array, *, lower: float, upper: float, whole: bool) -> Array:
    """A usual change `(series,)` from the last figure, away from the nearer limit, on every scale: shape (scales, series)."""
    last = np.clip(history[:, -1], lower, upper)
    inwards = np.where(upper - last < last - lower, -1.0, 1.0) if np.isfinite(upper - lower) else 1.0
    moved = np.column_stack([history, last + inwards * np.nan_to_num(usual)])
    values = scaled(moved, np.append(recent, False), lower=lower, upper=upper, whole=whole).values
    return np.where(usual > 0, np.abs(values[:, :, -1] - values[:, :, -2]), np.nan)


def _unit(above: Array, recent: Array) -> Array:
    """Mean of the last year, of all figures where that is next to nothing, as `structural.recent_mean`; shape (series, 1)."""
    last, overall = above[:, recent].mean(axis=1), above.mean(axis=1)
    mean = np.where(last > 1e-3 * overall, last, overall)
    return np.asarray(np.where(mean > 0, mean, 1.0)[:, None])


def _shares(share: Array, touched: NDArray[np.bool_]) -> tuple[Array, Array, Array]:
    """Logit and angle of shares, log Jacobians (series, 2), and what was added at both ends before the logit (series, 1)."""
    away = np.where(share > 0, share, 1.0)
    away = np.minimum(away, np.where(share < 1, 1.0 - share, 1.0)).min(axis=1, keepdims=True)
    guard = np.where(touched[:, None], np.clip(away / 2.0, *GUARDS), 0.0)
    edge = np.where(touched[:, None], EDGE, 0.0)
    inside, rounded = (share + guard) / (1.0 + 2.0 * guard), (share + edge) / (1.0 + 2.0 * edge)
    logit, angle = np.log(inside / (1.0 - inside)), 2.0 * np.arcsin(np.sqrt(rounded))
    flat = -np.log(inside * (1.0 - inside) * (1.0 + 2.0 * guard)).sum(axis=1)
    round_ = -np.log(np.sqrt(rounded * (1.0 - rounded)) * (1.0 + 2.0 * edge)).sum(axis=1)
    return np.stack([logit, angle]), np.stack([flat, round_], axis=1), guard


def _share(values: Array, scale: int, guard: float, *, touched: bool) -> Array:
    """Undo `_shares`. A share that never stood at a limit turns back there (the angle goes on round); one that did may stay."""
    if scale == 0:
        share = (1.0 + 2.0 * guard) / (1.0 + np.exp(-np.clip(values, -50.0, 50.0))) - guard
    else:
        share = np.sin((np.clip(values, 0.0, np.pi) if touched else np.clip(values, -np.pi, 2.0 * np.pi)) / 2.0) ** 2
        share = share * (1.0 + 2.0 * EDGE) - EDGE if touched else share
    return np.clip(share, 0.0, 1.0)

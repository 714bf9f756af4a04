"""One peer on work W, once: peer.py {numpy|polars|alphalens} prices.parquet. Prints {"seconds", "mean_rank_ic"}.

The clock starts after the imports and before the file is read. The work is momentum(252, 21) with 1 % winsorising,
z-scores, weights, turnover, portfolio returns, hit rate, and IC and rank IC at 1, 2, 5, 10, 20 and 60 days. alphalens
does its own set (clean factor, IC, returns by quantile, turnover, autocorrelation); its factor and prices are made
before the clock.
"""

import json
import sys
import time
import warnings

import numpy as np
import polars as pl

warnings.filterwarnings("ignore")
LOOKBACK, SKIP, HORIZONS, FEWEST = 252, 21, (1, 2, 5, 10, 20, 60), 30


def dense(path):
    rows = pl.read_parquet(path, columns=["permno", "date", "ret"])
    days, at_day = np.unique(rows["date"].to_physical().to_numpy(), return_inverse=True)
    names, at_name = np.unique(rows["permno"].to_numpy(), return_inverse=True)
    returns = np.full((len(days), len(names)), np.nan)
    returns[at_day, at_name] = rows["ret"].to_numpy()
    return days, names, returns


def windows(days):
    return np.searchsorted(days, days - LOOKBACK, "left"), np.searchsorted(days, days - SKIP, "right")


def standardised(raw):
    count = np.sum(~np.isnan(raw), axis=1)
    ordered = np.sort(raw, axis=1)
    row = np.arange(len(raw))

    def quantile(p):
        return ordered[row, np.clip(np.floor((count - 1) * p + 0.5).astype(int), 0, raw.shape[1] - 1)][:, None]

    clipped = np.clip(raw, quantile(0.01), quantile(0.99))
    return (clipped - np.nanmean(clipped, 1, keepdims=True)) / np.nanstd(clipped, 1, ddof=1, keepdims=True)


def momentum(days, returns):
    known = ~np.isnan(returns)
    growth = np.vstack([np.ones(returns.shape[1]), np.cumprod(np.where(known, 1 + returns, 1.0), axis=0)])
    counts = np.vstack([np.zeros(returns.shape[1]), np.cumsum(known, axis=0)])
    start, end = windows(days)
    raw = growth[end] / growth[start] - 1
    raw[counts[end] - counts[start] < LOOKBACK / 2] = np.nan
    return standardised(raw)


def forward(returns, horizon):
    out = np.full(returns.shape, np.nan)
    growth = np.ones((len(returns) - horizon, returns.shape[1]))
    for k in range(1, horizon + 1):
        growth *= 1 + returns[k : len(returns) - horizon + k]
    out[: len(returns) - horizon] = growth - 1
    return out


def ranks(values):
    from scipy.stats import rankdata

    return rankdata(values, axis=1, nan_policy="omit")


def correlation(a, b):
    count = np.sum(~np.isnan(a), axis=1)
    a = np.nan_to_num(a - np.nanmean(a, 1, keepdims=True))
    b = np.nan_to_num(b - np.nanmean(b, 1, keepdims=True))
    with np.errstate(all="ignore"):
        value = (a * b).sum(1) / np.sqrt((a * a).sum(1) * (b * b).sum(1))
    return np.where(count >= FEWEST, value, np.nan)


def by_numpy(path):
    days, _, returns = dense(path)
    signal = momentum(days, returns)
    first = None
    for horizon in HORIZONS:
        ahead = forward(returns, horizon)
        both = ~np.isnan(signal) & ~np.isnan(ahead)
        a, b = np.where(both, signal, np.nan), np.where(both, ahead, np.nan)
        correlation(a, b)
        rank_ic = correlation(ranks(a), ranks(b))
        if first is not None:
            continue
        first = float(np.nanmean(rank_ic))
        weights = np.nan_to_num(signal)
        weights /= np.maximum(np.abs(weights).sum(1), 1e-300)[:, None]
        (np.abs(np.diff(weights, axis=0)).sum(1) / 2).mean()
        (weights * np.nan_to_num(ahead)).sum(1)
        signed = both & (signal != 0) & (ahead != 0)
        ((signal > 0) == (ahead > 0))[signed].mean()
    return first


def by_polars(path):
    rows = pl.read_parquet(path, columns=["permno", "date", "ret"])
    calendar = rows.select("date").unique().sort("date")
    grid = (
        calendar.join(rows.select("permno").unique(), how="cross")
        .join(rows, on=["permno", "date"], how="left")
        .sort("permno", "date")
        .with_columns(
            (pl.col("ret").fill_null(0) + 1).cum_prod().over("permno").alias("growth"),
            pl.col("ret").is_not_null().cum_sum().over("permno").cast(pl.Int64).alias("known"),
        )
    )
    days = calendar["date"].to_physical().to_numpy()
    start, end = windows(days)
    names = grid.height // len(days)
    growth = np.hstack([np.ones((names, 1)), grid["growth"].to_numpy().reshape(names, -1)])
    known = np.hstack([np.zeros((names, 1)), grid["known"].to_numpy().reshape(names, -1)])
    raw = growth[:, end] / growth[:, start] - 1
    raw[known[:, end] - known[:, start] < LOOKBACK / 2] = np.nan
    value = pl.col("raw")
    signal = (
        grid.lazy()
        .with_columns(pl.Series("raw", raw.ravel()).fill_nan(None))
        .filter(value.is_not_null())
        .with_columns(value.clip(value.quantile(0.01).over("date"), value.quantile(0.99).over("date")))
        .with_columns(((value - value.mean().over("date")) / value.std().over("date")).alias("signal"))
        .select("permno", "date", "signal")
        .collect()
    )

    def ahead(horizon):
        product = pl.lit(1.0)
        for k in range(1, horizon + 1):
            product = product * (1 + pl.col("ret").shift(-k).over("permno"))
        made = grid.lazy().with_columns((product - 1).alias("ahead"))
        return made.select("permno", "date", "ahead").filter(pl.col("ahead").is_not_null())

    def ic(horizon):
        ranked = [pl.col(c).rank().over("date").alias(f"{c}_rank") for c in ("signal", "ahead")]
        hit = (pl.col("signal") > 0) == (pl.col("ahead") > 0)
        return (
            signal.lazy()
            .join(ahead(horizon), on=["permno", "date"])
            .with_columns(ranked)
            .group_by("date")
            .agg(
                pl.corr("signal", "ahead").alias("ic"),
                pl.corr("signal_rank", "ahead_rank").alias("rank_ic"),
                pl.len().alias("pairs"),
                (hit & (pl.col("ahead") != 0)).sum().alias("hits"),
            )
            .filter(pl.col("pairs") >= FEWEST)
            .collect()
        )

    weights = signal.with_columns((pl.col("signal") / pl.col("signal").abs().sum().over("date")).alias("weight"))
    held = grid.select("permno", "date").join(weights, on=["permno", "date"], how="left").sort("permno", "date")
    held = held.with_columns(pl.col("weight").fill_null(0))
    change = (pl.col("weight") - pl.col("weight").shift(1).over("permno")).abs()
    held.with_columns(change.alias("change")).group_by("date").agg(pl.col("change").sum() / 2)
    earned = weights.lazy().join(ahead(1), on=["permno", "date"])
    earned.group_by("date").agg((pl.col("weight") * pl.col("ahead")).sum()).collect()
    return [ic(horizon)["rank_ic"].fill_nan(None).mean() for horizon in HORIZONS][0]


def alphalens_input(path):
    import pandas as pd

    days, names, returns = dense(path)
    index = pd.to_datetime(days.astype("datetime64[D]").astype("datetime64[ns]"))
    factor = pd.DataFrame(momentum(days, returns), index, names).stack().dropna()
    factor.index.names = ["date", "asset"]
    level = 100 * np.cumprod(np.where(np.isnan(returns), 1, 1 + returns), axis=0)
    return factor, pd.DataFrame(level, index, names)


def by_alphalens(made):
    import alphalens as al

    factor, prices = made
    data = al.utils.get_clean_factor_and_forward_returns(factor, prices, quantiles=5, periods=HORIZONS, max_loss=0.9)
    ic = al.performance.factor_information_coefficient(data)
    al.performance.mean_return_by_quantile(data, by_date=True)
    for bucket in range(1, 6):
        al.performance.quantile_turnover(data["factor_quantile"], bucket, 1)
    al.performance.factor_rank_autocorrelation(data, 1)
    al.performance.factor_returns(data)
    return float(ic.iloc[:, 0].mean())


def main():
    what, source = sys.argv[1:3]
    if what == "alphalens":
        import alphalens  # noqa: F401

        source = alphalens_input(source)
    import scipy.stats  # noqa: F401

    work = {"numpy": by_numpy, "polars": by_polars, "alphalens": by_alphalens}[what]
    started = time.perf_counter()
    rank_ic = work(source)
    print(json.dumps({"seconds": time.perf_counter() - started, "mean_rank_ic": rank_ic}))


main()

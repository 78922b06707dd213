"""The table of a benchmark: what, measured, goal. A figure that misses its goal is marked, not hidden."""

WIDTH = 60


class Table:
    def __init__(self):
        self.misses = self.firm_misses = 0

    def title(self, text):
        print(f"\n{text:<{WIDTH}} {'measured':>10} {'goal':>8}")

    def row(self, what, measured, goal=None, unit="", least=False, firm=False, limit=None):
        """least: the goal is the least that will do. firm: a miss is one on a busy machine, too. limit: what is worse than that is a miss
        as a firm one is, though the goal is further away."""
        digits = 0 if isinstance(measured, int) else 3 if measured < 1 else 2 if measured < 10 else 1
        missed = goal is not None and (measured < goal if least else measured > goal)
        self.misses += missed
        self.firm_misses += missed and firm or limit is not None and measured > limit
        shown = "" if goal is None else f"{goal:.3g}{unit}" if goal < 1 else f"{goal:g}{unit}"
        print(f"  {what:<{WIDTH - 2}} {f'{measured:.{digits}f}{unit}':>10} {shown:>8}{'  missed' if missed else ''}", flush=True)

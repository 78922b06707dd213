"""The list of cases. A case is a function of its stage; its name on the command line is the function's, with dashes."""

CASES = {}


def case(function=None, *, own_plane=False, flags=(), weight=1):
    """own_plane: the case harms the control plane, so it gets one of its own. flags: kube-apiserver's, there. weight: heavier
    ones are started first."""
    def add(made):
        made.own_plane, made.flags, made.weight = own_plane, flags, weight
        CASES[made.__name__.replace("_", "-")] = made
        return made
    return add(function) if function else add

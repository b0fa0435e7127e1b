"""Where the numbers of a device, a node, a dispatch and a segment stand in the engines' arrays.

Kernels know no objects: the state of a site is a few arrays of floats, one row for each device,
and these names say what is in which column. Meanings and units are those of the attributes of the
same names in `simulator/microgrid` (`device.py`, `battery.py`, `storage.py`, `charger.py`).
"""

from __future__ import annotations

from simulator.microgrid.record import CAUSES

# Kinds of devices
STORAGE, PRODUCER, CONSUMER, CHARGER = range(4)

# Causes: 0 is none, others follow the order of the record.
NO_CAUSE = 0
CODE_OF = {cause: i + 1 for i, cause in enumerate(CAUSES)}
"""Code of a cause of the record."""
WINDOW = CODE_OF["window"]
TAPER = CODE_OF["taper"]
RATING = CODE_OF["rating"]
MINIMUM = CODE_OF["minimum"]
LIMIT = CODE_OF["limit"]
AVAILABLE = CODE_OF["available"]
FAULT = CODE_OF["fault"]
STOPPED = CODE_OF["driver_stopped"]
OVERRIDDEN = CODE_OF["overridden"]
SWITCHED_OFF = CODE_OF["switched_off"]
N_CAUSES = len(CAUSES) + 1

# Regions of a battery
REQUEST_BINDS, TAPER_BINDS, WINDOW_BINDS = 0.0, 1.0, 2.0

# Columns of a device
(
    KIND,
    ID,
    INPUT_AT,
    RATED,
    DERATE,
    LOW,
    HIGH,
    OFF,
    DRAW,
    P,
    C,
    A1,
    L1,
    A2,
    HIT,
    ASKED,
    TOLD,
    CAUSE,
    SOURCE,
    INPUT,
    ENERGY,
    NET,
    BOTTOM,
    TOP,
    AUX,
    MIN_W,
    # storages
    CUT,
    LOSS_0,
    LOSS_1,
    LOSS_Q,
    RESERVE,
    CEILING,
    TOPPING,
    EDGE,
    # batteries, of storages and of vehicles
    STORED,
    CAPACITY,
    E_LOW,
    E_HIGH,
    E_TAPER_LOW,
    E_TAPER_HIGH,
    CHARGE_W,
    DISCHARGE_W,
    E_C,
    E_D,
    SIGMA,
    GAIN_C,
    GAIN_D,
    SLOPE_C,
    SLOPE_D,
    DC,
    DC_INF,
    LAM,
    RATE,
    MU,
    DC_HIT,
    HORIZON,
    REGION,
    MOVED,
    # vehicles
    PRESENT,
    GOAL,
    FLOOR,
    LEFT_S,
    ARRIVED_WH,
    CHANGE_S,
    STRATEGY,
    # producers
    READY,
    # registers
    INTO,
    OUT,
    LOSS,
    AUX_WH,
    CHARGED,
    DISCHARGED,
    DC_LOSS,
    IDLE_LOSS,
    CURTAILED,
    LOST,
    # what the last segment adds to its row
    ROW_END,
    ROW_IN,
    ROW_OUT,
    ROW_LOSS,
    ROW_DC_END,
    ROW_DC_IN,
    ROW_DC_OUT,
) = range(83)
N_DEVICE = 83
"""`INPUT_AT`: position of the input that it follows, -1 = none; `HORIZON`: seconds until something
happens in any case, so that nobody needs to know what a battery would do later; `NET`: energy of
the segment, auxiliaries in it and out less in, `BOTTOM` and `TOP`: what its power keeps between."""

# Columns of a node; lists are places in the integers of the memory, and lengths
(
    N_P,
    N_C,
    N_BENDS,
    N_WANTED,
    N_LOAD,
    N_IN,
    N_OUT,
    N_NET,
    N_BOTTOM,
    N_TOP,
    N_SERVED,
    N_UNSERVED,
    N_END,
    N_ROW_IN,
    N_ROW_OUT,
    N_ROW_LOAD,
    N_CHILDREN,
    N_N_CHILDREN,
    N_BENDING,
    N_N_BENDING,
    N_LOADS,
    N_N_LOADS,
) = range(22)
N_NODE = 22

# Columns of a stay: what a vehicle brings along
(
    V_STORED,
    V_CAPACITY,
    V_TAPER,
    V_CHARGE_W,
    V_E_C,
    V_GOAL,
    V_FLOOR,
    V_LEFT_S,
) = range(8)
N_STAY = 8

# Strategies of charging
ASAP, EVEN, LATEST = 0.0, 1.0, 2.0
STRATEGIES = {"asap": ASAP, "even": EVEN, "latest": LATEST}

# Kinds of sources, and their columns
POWER, BAND, SOC, CHARGE = 0.0, 1.0, 2.0, 3.0
SOURCES = {"power": POWER, "band": BAND, "soc": SOC, "charge": CHARGE}
(
    S_KIND,
    S_ID,
    S_TARGET,
    S_LOW,
    S_HIGH,
    S_REST,
    S_RESERVE,
    S_CEILING,
    S_GRID,
    S_SOC,
    S_BY_US,
    S_STRATEGY,
    S_LEAST,
    S_MOST,
    S_WISH,
    S_CAUSE,
    S_STORAGES,
    S_N_STORAGES,
    S_OTHERS,
    S_N_OTHERS,
    S_ASKED,
    S_BESIDE,
    S_N_ROOMS,
    S_ROOMS,
) = range(24)
N_SOURCE = 24
"""`S_CAUSE`: why it is not followed, 0 = it is; `S_LEAST` and `S_MOST`: energy of each vehicle, and
power of all together; as many rooms as there are devices follow. Storages of a source that is not
followed are those that it means."""

# Columns of a plan
(
    P_SITE_LOW,
    P_SITE_HIGH,
    P_DARK,
    P_SOLE,
    P_ACCOUNTED,
    P_IDLE,
    P_N_IDLE,
    P_SOURCES,
    P_N_SOURCES,
    P_N_UNFOLLOWED,
    P_ORDERS,
) = range(11)
N_PLAN = 11
"""Sources that are not followed stand behind the others; orders are those of each device."""

# Columns of the orders of a device within a plan
O_OFF, O_DERATE, O_LOW, O_HIGH, O_CONNECTED, O_SOURCE = range(6)
N_ORDER = 6

# Columns of an account: sums, then seconds by cause, then missing energy by cause, then by reason
A_ASKED, A_DELIVERED, A_GROSS, A_SHORT = range(4)
A_SECONDS = 4
A_MISSING = A_SECONDS + N_CAUSES
A_REASON = A_MISSING + N_CAUSES
"""By cause, too; window and taper of a discharge are kept apart at the end."""
N_ACCOUNT = A_REASON + N_CAUSES + 2

# Events that a kernel notes: time, kind, device, two values
E_THRESHOLD, E_LEFT, E_EXCEEDED, E_KEPT, E_SHED, E_SERVED = range(6)
N_EVENT = 5

# Columns of the energies between two edges of the accounts
B_IN, B_OUT, B_PV = range(3)
N_BIN = 3

NAME_ORDER = tuple(sorted(("", *CAUSES)).index(each) for each in ("", *CAUSES))
"""Place of each code among the causes by name."""

# Where things are in the memory: numbers at the front of its integers
(
    AT_NOW,
    AT_SINCE,
    AT_HAPPENING,
    AT_BIN,
    AT_WAKE,
    AT_DECIDED,
    AT_OWN,
    AT_PLAN,
    AT_SLOT,
    AT_CONFINED,
    AT_OUTSIDE,
    AT_DARK,
    AT_BEGUN,
    AT_SEGMENT,
    AT_STEP,
    AT_KEPT,
    AT_TAPER,
    AT_EVENT,
    # as the site is
    END_US,
    N_DEVICES,
    N_NODES,
    N_STORAGES,
    N_BINS,
    N_KEPT,
    N_EVENTS,
    SHARING,
    CONTROL_US,
    WIDTH_OF_ROW,
    # places in the integers
    M_HAPPENINGS,
    M_PRODUCING,
    N_PRODUCING,
    M_EDGES,
    M_EACH,
    N_INPUTS,
    # places in the floats; devices begin at 0, what changes all the time ends at W_STATE
    W_STATE,
    W_NODES,
    W_EXPONENT,
    W_ACCOUNTS,
    W_BINS,
    W_SEGMENTS,
    W_TAPERS,
    W_EVENTS,
    W_TWIN,
    W_TERMS,
    W_FOUND,
) = range(45)
F_ROWS, N_F_ROWS = 45, 16
"""Places of rows of floats to scribble on."""
I_ROWS, N_I_ROWS = 61, 6
"""The same of integers."""
ZERO = 67
"""Always 0: a count that begins with a written 0 would make the compiler work twice."""
N_FRONT = 68
NEVER = 2**62
"""A moment that does not come."""

# What happens: moment, kind, and two places; in this order at one moment
VISIT, ROW, CHANGE = range(3)
N_HAPPENING = 4
"""A visit has its device and its stay (-1 = the vehicle leaves), a row its place, a change its plan
and the rows of accounts of its sources (-1 = none)."""

SHARINGS = ("soc_balance", "available_power", "equal", "priority_list")
SOC_BALANCE, AVAILABLE_POWER, EQUAL, PRIORITY_LIST = range(4)

# Rows of segments, as `Recorder` has them: moments, nodes, then devices with their sources
NODE_WIDTH = 6
WIDTHS = {STORAGE: 12, PRODUCER: 7, CONSUMER: 6, CHARGER: 8}
N_TAPER = 4
"""Segment, id (negative = the battery behind that inverter), coefficient, rate."""

"""Sandbox: `python -I -S sandbox_main.py ACCESS PROGRAM ARGUMENT…` gives up what decoding never needs.

ACCESS is JSON: `{"read": [path, …], "write": [folder, …]}`. What holds for PROGRAM, which it becomes:
- Landlock (Linux 5.13 and later): it opens system files, what lies below `read`, and files of the folders in
  `write`; since 6.7 it reaches no TCP port, since 6.12 it signals nobody outside.
- seccomp: no sockets, no tracing, no signals to others, no namespaces, mounts, links and devices, no changes of
  modes, owners, times or extended attributes: whoever takes a decoder over must not even touch an original's date.
What the kernel lacks is left out, and PROGRAM runs with what there is. Standard library only, as it starts often.

Sources: https://docs.kernel.org/userspace-api/landlock.html, seccomp(2), linux/filter.h, Linux's tables of calls.
"""

import ctypes
import json
import os
import struct
import sys

# Programs, libraries and their tables. Of /etc only what loader, Perl and clocks read: the rest may hold secrets.
SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime"),
    *("/etc/perl", "/etc/alternatives", "/etc/mime.types"),
    *("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo"),
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _TRUNCATE = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 14
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_WRITE = _READ_FILE | _READ_DIR | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG
_RIGHTS_OF_ABI = {1: 13, 2: 14, 3: 15, 4: 15}  # how many kinds of rights each version of Landlock knows
_RIGHTS_SINCE_ABI_5 = 16
_TCP, _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _VERSION, _BENEATH = 444, 445, 446, 1, 1

_IGNORED_BY_PYTHON = (13, 25)  # SIGPIPE, and SIGXFSZ: who writes more than the limit ends
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_KILL, _ERRNO, _ALLOW, _EPERM, _ENOSYS = 0x80000000, 0x00050000, 0x7FFF0000, 1, 38
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
_X32 = 0x40000000

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# name: numbers on x86_64 and aarch64; -1: there is no such call.
_REFUSED = {
    "socket": (41, 198),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendto": (44, 206),
    # these could do the same unseen
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "msgget": (68, 186),
    "mq_open": (240, 180),
    # what belongs to a file apart from its bytes, and names for files that are not one's own
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "link": (86, -1),
    "linkat": (265, 37),
    "symlink": (88, -1),
    "symlinkat": (266, 36),
    "mknod": (133, -1),
    "mknodat": (259, 33),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    # the machine
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "personality": (135, 92),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, -1),
    "ioperm": (173, -1),
}
# Allowed for the process itself: their first argument is its number (or 0 where that means the same).
_ITSELF = {"kill": (62, 129), "tgkill": (234, 131)}
_PRLIMIT = (302, 261)
_CLONE, _CLONE3 = (56, 220), (435, 435)


def main(arguments: list[str]) -> None:
    """Restrict this process, then become the program. Ends with 127 when there is no such program."""
    access, program = json.loads(arguments[0]), find_program(arguments[1])  # before other paths are refused
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restrict_files(libc, access["read"], access["write"])
    filter_calls(libc)
    for signal in _IGNORED_BY_PYTHON:
        libc.signal(signal, 0)  # SIG_DFL: what is ignored stays so in PROGRAM
    try:
        os.execv(program, arguments[1:])  # noqa: S606  # no shell is wanted
    except OSError as error:
        print(f"{arguments[1]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


def find_program(name: str) -> str:
    """Where PATH has it, else the name itself. Python's own way imports modules, which may lie anywhere."""
    folders = os.environ.get("PATH", "").split(":") if "/" not in name else []
    places = [f"{folder}/{name}" for folder in folders if folder]
    return next((place for place in places if os.access(place, os.X_OK)), name)


def knows_processor() -> bool:
    """Whether there is a filter for this machine's system calls."""
    return os.uname().machine in _ARCHITECTURES


def landlock_version(libc: ctypes.CDLL) -> int:
    """The version of the kernel's Landlock; 0 when it has none or it is switched off."""
    return max(0, int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION)))


def restrict_files(libc: ctypes.CDLL, read: list[str], write: list[str]) -> bool:
    """Refuse every path but these and the system's, for ever; False when the kernel cannot."""
    version = landlock_version(libc)
    if not version:
        return False
    rights = (1 << _RIGHTS_OF_ABI.get(version, _RIGHTS_SINCE_ABI_5)) - 1
    fields = [rights] + [_TCP] * (version >= 4) + [_SIGNALS_AND_ABSTRACT_SOCKETS] * (version >= 6)
    handled = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), 0)
    if ruleset < 0:
        return False
    for paths, granted in ((SYSTEM, _READ), (read, _READ), (write, _WRITE), (DEVICES, _READ_FILE | _WRITE_FILE)):
        for path in paths:
            _grant(libc, ruleset, path, granted & rights)
    restricted = int(libc.syscall(_RESTRICT_SELF, ruleset, 0)) == 0
    os.close(ruleset)
    return restricted


def _grant(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this machine
    if not os.path.isdir(path):  # noqa: PTH112  # pathlib takes as long to import as all the rest
        rights &= _OF_FILES
    libc.syscall(_ADD_RULE, ruleset, _BENEATH, struct.pack("=Qi", rights, beneath), 0)
    os.close(beneath)


def filter_calls(libc: ctypes.CDLL) -> bool:
    """Have the kernel refuse the calls above, for ever; False when it cannot, or the processor is another."""
    known = _ARCHITECTURES.get(os.uname().machine)
    if known is None:
        return False
    program = _program(*known, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in program))
    described = struct.pack("@HP", len(program), ctypes.addressof(code))
    return int(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, described, 0, 0)) == 0


def _program(architecture: int, column: int, pid: int) -> list[tuple[int, int, int, int]]:
    """The filter as instructions (code, jump if true, jump if false, value)."""
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    first_argument = (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)
    lines = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),  # calls of another architecture have other numbers
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, 0, 1, _X32),
        refuse,
    ]
    for numbers in _REFUSED.values():
        if numbers[column] >= 0:
            lines += [(_IF_EQUAL, 0, 1, numbers[column]), refuse]
    # glibc then uses clone, whose flags lie where a filter can look
    lines += [(_IF_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERRNO | _ENOSYS)]
    lines += [
        (_IF_EQUAL, 0, 4, _CLONE[column]),
        first_argument,
        (_IF_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        refuse,
        allow,
    ]
    for numbers in _ITSELF.values():
        lines += [(_IF_EQUAL, 0, 4, numbers[column]), first_argument, (_IF_EQUAL, 1, 0, pid), refuse, allow]
    lines += [(_IF_EQUAL, 0, 5, _PRLIMIT[column]), first_argument, (_IF_EQUAL, 2, 0, 0), (_IF_EQUAL, 1, 0, pid)]
    return [*lines, refuse, allow, allow]


if __name__ == "__main__":
    main(sys.argv[1:])

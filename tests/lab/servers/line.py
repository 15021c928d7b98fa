# A long line between two Ethernet ends: carries frames with a delay, some of them not at all (one argument: JSON).
# In Python because Node has no packet sockets, and not by netem because many kernels come without it.
import fcntl
import heapq
import json
import random
import select
import socket
import struct
import sys
import time

SIOCETHTOOL = 0x8946
# Checksums, segmentation: what the sending kernel leaves to a card that is not there.
OFFLOADS = (0x17, 0x1F, 0x24)
OUTGOING = 4


def plain(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for what in OFFLOADS:
            value = bytearray(struct.pack("II", what, 0))
            address, _ = memoryview_address(value)
            try:
                fcntl.ioctl(control, SIOCETHTOOL, struct.pack("16sP", name.encode(), address))
            except OSError as error:
                print(f"{name} {what:#x}: {error}", file=sys.stderr)


def memoryview_address(value):
    import ctypes

    held = (ctypes.c_char * len(value)).from_buffer(value)
    return ctypes.addressof(held), held


def carry(told):
    ends = [open_end(told["a"]), open_end(told["b"])]
    delay = told.get("delayMs", 0) / 1000
    jitter = told.get("jitterMs", 0) / 1000
    loss = told.get("lossPercent", 0) / 100
    chance = random.Random(told.get("seed", 1))
    waiting = []
    count = 0
    last = [0.0, 0.0]
    print("ready", flush=True)
    while True:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select(ends, [], [], wait)
        now = time.monotonic()
        for end in readable:
            frame, about = end.recvfrom(65535)
            if about[2] == OUTGOING or chance.random() < loss:
                continue
            side = 1 - ends.index(end)
            # Nothing overtakes: a line keeps the order.
            due = max(last[side], now + delay + chance.random() * jitter)
            last[side] = due
            count += 1
            heapq.heappush(waiting, (due, count, side, frame))
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, side, frame = heapq.heappop(waiting)
            try:
                ends[side].send(frame)
            except OSError as error:
                print(error, file=sys.stderr)


def open_end(name):
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    end.bind((name, 0))
    return end


if sys.argv[1] == "plain":
    for each in sys.argv[2:]:
        plain(each)
else:
    carry(json.loads(sys.argv[1]))

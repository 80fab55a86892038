"""Computes with PyTorch from several threads, each number of threads as the program sets it, and
compares with what one thread gave before anything was governed."""

import random
import sys
import threading
import warnings

import look
import torch
from torch.nn import functional

import corewise

ASKED, CALLERS, ROUNDS = 8, 4, 3
warnings.simplefilter("ignore")


def matrices(size, kind):
    seeded = torch.Generator().manual_seed(size)
    a, b = (torch.randn(size, size, generator=seeded, dtype=kind) for _ in range(2))
    return a, b, a @ a.mT + size * torch.eye(size, dtype=kind)


def linear_algebra(size, kind):
    a, b, positive = matrices(size, kind)
    name = f"{size} {kind}"
    return {
        f"matmul {name}": lambda: a @ b,
        f"solve {name}": lambda: torch.linalg.solve(positive, b),
        f"lu {name}": lambda: torch.linalg.lu_factor(a).LU,
        f"cholesky {name}": lambda: torch.linalg.cholesky(positive),
        f"qr {name}": lambda: torch.linalg.qr(a).R.abs(),
        f"svd {name}": lambda: torch.linalg.svdvals(a),
        f"eigh {name}": lambda: torch.linalg.eigvalsh(positive),
        f"fft {name}": lambda: torch.view_as_real(torch.fft.fft2(a)),
        f"csr {name}": lambda: (a * (a > 1)).to_sparse_csr() @ b,
        f"elements {name}": lambda: (a.sin() + b).exp().log1p(),
        f"sums {name}": lambda: a.cumsum(0) + b.sum(),
        f"nonzero {name}": lambda: (a > 0).nonzero().float(),
        f"mask {name}": lambda: a[a > 0.5],
        f"sort {name}": lambda: a.sort(dim=0).values,
    }


def convolution(channels, side, last):
    """The layer's output and the gradients of its input and weights."""
    seeded = torch.Generator().manual_seed(side)
    form = torch.channels_last if last else torch.contiguous_format
    data = torch.randn(2, channels, side, side, generator=seeded).contiguous(memory_format=form)
    weights = torch.randn(32, channels, 3, 3, generator=seeded)

    def compute():
        x, w = data.clone().requires_grad_(), weights.clone().requires_grad_()
        out = functional.conv2d(x, w, padding=1)
        out.square().sum().backward()
        return torch.cat([part.detach().flatten() for part in (out, x.grad, w.grad)])

    return compute


def training():
    """The weights after some steps."""
    seeded = torch.Generator().manual_seed(1)
    rand = lambda *shape: torch.randn(*shape, generator=seeded)  # noqa: E731
    model = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8 * 196, 10)
    )
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(rand(*weights.shape) / 10)
    data, labels = rand(32, 3, 16, 16), torch.arange(32) % 10
    optimiser = torch.optim.Adam(model.parameters(), 1e-3)
    for _ in range(4):
        optimiser.zero_grad()
        functional.cross_entropy(model(data), labels).backward()
        optimiser.step()
    return torch.cat([weights.detach().flatten() for weights in model.parameters()])


def recurrent():
    seeded = torch.Generator().manual_seed(2)
    model = torch.nn.LSTM(20, 30, 2, bidirectional=True)
    with torch.no_grad():
        for weights in model.parameters():
            weights.copy_(torch.randn(*weights.shape, generator=seeded) / 10)
        return model(torch.randn(15, 8, 20, generator=seeded))[0]


jobs = {"training": training, "recurrent": recurrent}
for size, kind in ((40, torch.float64), (301, torch.float32), (600, torch.float64)):
    jobs |= linear_algebra(size, kind)
for channels, side, last in ((16, 28, True), (16, 28, False), (3, 40, False)):
    jobs[f"convolution {channels} {side} {last}"] = convolution(channels, side, last)

torch.set_num_threads(1)
expected = {name: job() for name, job in jobs.items()}
if sys.argv[1] == "governed":
    corewise.govern(cores=2)
wrong, settings = set(), set()


def caller(seed):
    torch.set_num_threads(ASKED)
    order = sorted(jobs)
    for _ in range(ROUNDS):
        random.Random(seed).shuffle(order)
        for name in order:
            got, right = jobs[name](), expected[name]
            scale = right.abs().max().item()
            bound = scale * (1e-9 if right.dtype == torch.float64 else 3e-3)
            if got.shape != right.shape or not (got - right).abs().max().item() <= bound:
                wrong.add(name)
            settings.add(torch.get_num_threads())


callers = [threading.Thread(target=caller, args=(seed,)) for seed in range(CALLERS)]
for thread in callers:
    thread.start()
for thread in callers:
    thread.join()
functions = corewise.governed().functions
corewise.ungovern()
settings.add(ASKED if torch.get_num_threads() == 1 else 0)
look.say(wrong=sorted(wrong), settings=sorted(settings), functions=functions, jobs=len(jobs))

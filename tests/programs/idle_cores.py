"""Serial Python that keeps one core busy and leaves the others idle; its function is named."""

import stage


def count_primes(limit):
    found = []
    for candidate in range(2, limit):
        if all(candidate % prime for prime in found if prime * prime <= candidate):
            found.append(candidate)
    return len(found)


stage.ready()
for _ in stage.rounds():
    primes = count_primes(4000)
stage.finish(primes=primes)

"""A subinterpreter beside the main one, which is governed."""

import look
import numpy as np

import corewise

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

number = interpreters.create()
interpreters.run_string(number, "total = sum(range(1000)); assert total == 499500")
interpreters.destroy(number)
a = np.ones((400, 400))
right = bool((a @ a == 400).all())
look.say(right=right, used=look.number_of("numpy"), active=corewise.governed().active)

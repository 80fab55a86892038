# Runs in a fresh interpreter, for `corewise pools --import`. Reads one JSON line that says what to
# import, then one with requests; writes one JSON line for each. Knows nothing of any runtime.
import ctypes
import importlib
import json
import os
import sys

# What is imported may print: the answers keep a descriptor of their own, stdout becomes stderr.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def say(value):
    # What an import printed must not be lost when this process is ended.
    if sys.stdout is not None:
        sys.stdout.flush()
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def library(path):
    if path == os.path.realpath("/proc/self/exe"):
        return ctypes.CDLL(None)
    return ctypes.CDLL(path, mode=os.RTLD_NOLOAD | os.RTLD_NOW)


def ask(request):
    name, symbol, shape = request["library"], request["symbol"], request["shape"]
    if shape == "python":
        if name.partition(".")[0] not in sys.modules:
            return None
        value = getattr(importlib.import_module(name), symbol)
        return str(value() if callable(value) else value)
    loaded = library(name)
    function = getattr(loaded, symbol)
    if shape == "int":
        function.restype = ctypes.c_int
        return str(function())
    if shape == "text_into":
        buffer = ctypes.create_string_buffer(512)
        function.restype = None
        function(buffer, ctypes.c_int(511))
        return buffer.value.decode("utf-8", "replace")
    function.restype = ctypes.c_char_p
    if shape == "text_of":
        argument = getattr(loaded, request["argument"])
        argument.restype = ctypes.c_int
        text = function(ctypes.c_int(argument()))
    else:
        text = function()
    return None if text is None else text.decode("utf-8", "replace")


def answer(request):
    try:
        return ask(request)
    except Exception:
        return None


for module in json.loads(sys.stdin.readline()):
    say({"importing": module})
    try:
        importlib.import_module(module)
    except BaseException as error:
        text = str(error).strip().splitlines()
        reason = type(error).__name__ + (": " + text[0] if text else "")
        say({"failed": module, "reason": reason})
        sys.exit(1)
say({"ready": sys.executable or ""})
say([answer(request) for request in json.loads(sys.stdin.readline())])

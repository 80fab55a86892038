"""A pytest plugin: joblib's own tests of its backends, run for ``"corewise"`` too.

``pytest -p joblib_backends --pyargs joblib.test.test_parallel`` with this folder on the path. The
tests are parametrised by lists that the test module makes when it is imported, of the backends that
are registered by then.
"""

import joblib.testing

import corewise.joblib  # noqa: F401  registers the backend

_parametrize = joblib.testing.parametrize


def _with_corewise(names, values, *args, **kwargs):
    """`parametrize`, with ``"corewise"`` wherever the backends that run in parallel are listed."""
    values = list(values)
    listed = [value for value in values if isinstance(value, str)]
    if "backend" in names and "loky" in listed and "corewise" not in listed:
        values.append("corewise")
    return _parametrize(names, values, *args, **kwargs)


joblib.testing.parametrize = _with_corewise

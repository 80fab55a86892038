"""FlexiBLAS, which passes calls on to a backend that can be changed."""

from __future__ import annotations

from corewise._threadpoolctl.controllers import NativeController

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LENGTH = 1024


class FlexiBLASController(NativeController):
    """FlexiBLAS."""

    user_api = "blas"
    internal_api = _family = "flexiblas"
    filename_prefixes: tuple[str, ...] = ("libflexiblas",)
    check_symbols: tuple[str, ...] = (
        "flexiblas_get_num_threads",
        "flexiblas_set_num_threads",
        "flexiblas_get_version",
        "flexiblas_list",
        "flexiblas_list_loaded",
        "flexiblas_current_backend",
    )
    available_backends: list[str] | None

    def set_additional_attributes(self) -> None:
        """Set the backends that FlexiBLAS is configured with."""
        self.available_backends = self._get_backend_list()

    @property
    def loaded_backends(self) -> list[str] | None:
        """The backends that are loaded, in the order in which they were."""
        return self._get_backend_list(loaded=True)

    @property
    def current_backend(self) -> str | None:
        """The backend that calls go to."""
        return self._get_current_backend()

    def info(self, debugging_info: bool = False) -> dict[str, Any]:
        """Return the facts about the library, its backends among them."""
        facts = super().info(debugging_info=debugging_info)
        facts["loaded_backends"] = self.loaded_backends
        facts["current_backend"] = self.current_backend
        return facts

    def switch_backend(self, backend: str) -> None:
        """Have calls go to another backend, which is loaded if it is not.

        Args:
            backend: A name that FlexiBLAS is configured with, or the path of a library.

        Raises:
            RuntimeError: There is no such backend, or it cannot be loaded.
        """
        if backend not in (self.loaded_backends or ()):
            known = backend in (self.available_backends or ())
            load = "flexiblas_load_backend" if known else "flexiblas_load_backend_library"
            if self._call(load, str(backend).encode()) == -1:
                raise RuntimeError(
                    f"Failed to load backend {backend!r}: it is neither one that FlexiBLAS is "
                    f"configured with ({self.available_backends}) nor the path of a library"
                )
            from corewise import threadpoolctl

            threadpoolctl.reset_cached_controller()
            if self.parent is not None:
                # The library behind the backend can be limited too.
                self.parent._load_libraries()
        loaded = self.loaded_backends or []
        if backend not in loaded or self._call("flexiblas_switch", loaded.index(backend)) == -1:
            raise RuntimeError(f"Failed to switch to backend {backend!r}")

    def _call(self, name: str, argument: bytes | int) -> int:
        function = getattr(self.dynlib, name, None)
        return -1 if function is None else int(function(argument))

    def _get_backend_list(self, loaded: bool = False) -> list[str] | None:
        name = "flexiblas_list_loaded" if loaded else "flexiblas_list"
        list_backends = getattr(self.dynlib, name, None)
        if list_backends is None:
            return None
        import ctypes

        names = []
        for place in range(list_backends(None, 0, 0)):
            buffer = ctypes.create_string_buffer(_LENGTH)
            list_backends(buffer, _LENGTH, place)
            names.append(buffer.value.decode())
        # FlexiBLAS's own stand-in for routines that a backend does not have.
        return [name for name in names if name != "__FALLBACK__"]

    def _get_current_backend(self) -> str | None:
        current = getattr(self.dynlib, "flexiblas_current_backend", None)
        if current is None:
            return None
        import ctypes

        buffer = ctypes.create_string_buffer(_LENGTH)
        current(buffer, _LENGTH)
        return buffer.value.decode()

//! Calling the getters of libraries that are loaded in this process.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use super::request::{Answer, How};

/// Room for the sentence that a function writes into a buffer (MKL's has at most 198 bytes).
const BUFFER: usize = 512;

/// Asks this process. A library that is not loaded (any more), or that lacks the function, gives no
/// answer.
pub(super) fn answer(how: &How) -> Answer {
    let answer = Library::loaded(&how.library).and_then(|library| match how.shape {
        "int" => library.int(&how.symbol).map(|number| number.to_string()),
        "text" => library.text(&how.symbol),
        "text_into" => library.text_into(&how.symbol),
        "text_of" => library.text_of(&how.symbol, library.int(how.argument?)?),
        _ => None,
    });
    Answer(answer)
}

/// A handle on a library that was loaded already. While it lives the library stays.
struct Library {
    handle: *mut c_void,
}

impl Library {
    fn loaded(path: &str) -> Option<Self> {
        let path = CString::new(path).ok()?;
        // SAFETY: `path` ends with NUL. RTLD_NOLOAD loads nothing and runs no initialisers.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
        // A `Self` of null must not come to be: its drop would close it.
        (!handle.is_null()).then(|| Self { handle })
    }

    fn symbol(&self, name: &str) -> Option<*mut c_void> {
        let name = CString::new(name).ok()?;
        // SAFETY: `handle` is of `dlopen` and still open; `name` ends with NUL.
        let symbol = unsafe { libc::dlsym(self.handle, name.as_ptr()) };
        (!symbol.is_null()).then_some(symbol)
    }

    fn int(&self, name: &str) -> Option<c_int> {
        let symbol = self.symbol(name)?;
        // SAFETY: the table of runtimes says that the function is `int f(void)`, and the library
        // stays loaded during the call.
        let function =
            unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> c_int>(symbol) };
        Some(function())
    }

    fn text(&self, name: &str) -> Option<String> {
        let symbol = self.symbol(name)?;
        // SAFETY: the table says that the function is `const char *f(void)`; the library stays.
        let function =
            unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> *const c_char>(symbol) };
        owned(function())
    }

    fn text_of(&self, name: &str, argument: c_int) -> Option<String> {
        let symbol = self.symbol(name)?;
        // SAFETY: the table says that the function is `const char *f(int)`; the library stays.
        let function = unsafe {
            std::mem::transmute::<*mut c_void, extern "C" fn(c_int) -> *const c_char>(symbol)
        };
        owned(function(argument))
    }

    fn text_into(&self, name: &str) -> Option<String> {
        let symbol = self.symbol(name)?;
        // SAFETY: the table says that the function is `void f(char *, int)`; the library stays.
        let function = unsafe {
            std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_char, c_int)>(symbol)
        };
        let mut buffer = [0u8; BUFFER];
        function(buffer.as_mut_ptr().cast(), c_int::try_from(BUFFER - 1).ok()?);
        let text = CStr::from_bytes_until_nul(&buffer).ok()?;
        Some(text.to_string_lossy().into_owned())
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: `handle` is of `dlopen` and is closed once, here.
        unsafe { libc::dlclose(self.handle) };
    }
}

fn owned(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a getter of the table answers with a string that ends with NUL and stays while its
    // library is loaded.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn how(library: &str, symbol: &str, shape: &'static str) -> How {
        How { library: library.to_owned(), symbol: symbol.to_owned(), shape, argument: None }
    }

    #[test]
    fn the_c_library_is_asked_and_what_is_not_there_gives_no_answer() {
        let version = answer(&how("libc.so.6", "gnu_get_libc_version", "text"));
        assert!(version.0.is_some_and(|text| text.starts_with("2.")));
        let pid = answer(&how("libc.so.6", "getpid", "int"));
        assert_eq!(pid.0, Some(std::process::id().to_string()));
        assert_eq!(answer(&how("libc.so.6", "no_such_function", "int")), Answer(None));
        assert_eq!(answer(&how("/no/such/library.so", "getpid", "int")), Answer(None));
    }
}

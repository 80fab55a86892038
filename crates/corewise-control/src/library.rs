//! One loaded runtime: its facts, and its functions.

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use crate::openblas;
use crate::runtime::{Family, Runtime, Scope};

/// A handle on a library that was loaded already; it keeps the library loaded for good.
#[derive(Debug)]
pub(crate) struct Handle(*mut c_void);

// SAFETY: a handle of `dlopen` may be used by any thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    /// The library at this path, if it is loaded.
    pub(crate) fn loaded(path: &CStr) -> Option<Self> {
        // SAFETY: a C string. RTLD_NOLOAD loads nothing and runs no initialisers.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY) };
        (!handle.is_null()).then_some(Self(handle))
    }

    /// The function of this name that the library exports, or one that it needs.
    pub(crate) fn symbol(&self, name: &str) -> Option<*mut c_void> {
        let name = CString::new(name).ok()?;
        // SAFETY: the handle is of `dlopen` and is never closed.
        let symbol = unsafe { libc::dlsym(self.0, name.as_ptr()) };
        (!symbol.is_null()).then_some(symbol)
    }

    /// Gives the library up again.
    pub(crate) fn close(self) {
        // SAFETY: the handle is of `dlopen`, and nobody else has it.
        unsafe { libc::dlclose(self.0) };
    }
}

type Get = extern "C" fn() -> c_int;
type Set = extern "C" fn(c_int);
type Exchange = extern "C" fn(c_int) -> c_int;
type Text = extern "C" fn() -> *const c_char;

fn get_of(symbol: *mut c_void) -> Get {
    // SAFETY: callers pass a function that is declared `int f(void)`.
    unsafe { std::mem::transmute::<*mut c_void, Get>(symbol) }
}

/// A loaded runtime that can be read and set.
#[derive(Debug)]
pub struct Library {
    path: String,
    prefix: &'static str,
    family: Family,
    version: Option<String>,
    layer: Option<String>,
    architecture: Option<String>,
    get: Option<Get>,
    set: Option<Set>,
    /// MKL's: sets the calling thread's number, 0 for the process's, and gives the last.
    exchange: Option<Exchange>,
    /// Keeps it loaded.
    handle: Option<Handle>,
}

impl Library {
    /// Takes in a library of this family.
    pub(crate) fn new(path: String, prefix: &'static str, family: Family, handle: Handle) -> Self {
        let mut library = Self {
            path,
            prefix,
            family,
            version: None,
            layer: None,
            architecture: None,
            get: None,
            set: None,
            exchange: None,
            handle: None,
        };
        match family {
            Family::OpenBlas => library.ask_openblas(&handle),
            Family::Blis => library.ask_blis(&handle),
            Family::Mkl => library.ask_mkl(&handle),
            Family::OpenMp => {
                library.find(&handle, "omp_get_max_threads", "omp_set_num_threads");
            }
            Family::FlexiBlas => library.ask_flexiblas(&handle),
        }
        library.handle = Some(handle);
        library
    }

    /// The file's path, without symbolic links.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Which of its family's prefixes the file's name has.
    #[must_use]
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// The family.
    #[must_use]
    pub fn family(&self) -> Family {
        self.family
    }

    /// The runtime.
    #[must_use]
    pub fn runtime(&self) -> Runtime {
        Runtime::of(self.family, self.prefix)
    }

    /// The version, where a function tells it.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// How it makes threads, as threadpoolctl says it: `pthreads`, `openmp`, `disabled`, `unknown`,
    /// and for MKL `intel`, `gnu`, `tbb` … as it was when MKL was first seen.
    #[must_use]
    pub fn layer(&self) -> Option<&str> {
        self.layer.as_deref()
    }

    /// The processor whose kernels it uses.
    #[must_use]
    pub fn architecture(&self) -> Option<&str> {
        self.architecture.as_deref()
    }

    /// Whose calls its number counts for, without the governor.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self.family {
            Family::OpenBlas if self.layer() == Some("openmp") => Scope::Thread,
            Family::OpenMp | Family::Mkl => Scope::Thread,
            Family::OpenBlas | Family::Blis | Family::FlexiBlas => Scope::Process,
        }
    }

    /// Threads that a parallel region of the calling thread would use now; `None` where no function
    /// tells.
    #[must_use]
    pub fn threads(&self) -> Option<i32> {
        // BLIS says -1 where nobody has set a number, and then uses one thread.
        self.get.map(|get| get()).map(|number| if number == -1 { 1 } else { number })
    }

    /// Sets that number, of the calling thread or of the process by [`Library::scope`].
    pub fn set_threads(&self, threads: i32) {
        if let Some(exchange) = self.exchange {
            exchange(threads);
        } else if let Some(set) = self.set {
            set(threads);
        }
    }

    /// What [`Library::set_threads`] has to be given to have the number as it is now.
    pub(crate) fn setting(&self) -> Option<i32> {
        let Some(exchange) = self.exchange else { return self.threads() };
        let now = exchange(0);
        exchange(now);
        Some(now)
    }

    /// Whether setting one sets the other.
    pub(crate) fn sets_what(&self, other: &Self) -> bool {
        let address = |library: &Self| library.set.map(|set| set as usize);
        std::ptr::eq(self, other) || self.set.is_some() && address(self) == address(other)
    }

    /// Whether the governor limits its calls thread by thread.
    pub(crate) fn is_governed(&self) -> bool {
        let governs = |set: Set| corewise_governor::governs_openblas(set as usize);
        self.family == Family::OpenBlas && self.set.is_some_and(governs)
    }

    fn find(&mut self, handle: &Handle, get: &str, set: &str) {
        self.get = handle.symbol(get).map(get_of);
        // SAFETY: callers name a function that is declared `void f(int)`.
        self.set = handle
            .symbol(set)
            .map(|symbol| unsafe { std::mem::transmute::<*mut c_void, Set>(symbol) });
    }

    fn ask_openblas(&mut self, handle: &Handle) {
        let (prefix, suffix) = openblas::affixes(handle);
        let dressed = |name: &str| format!("{prefix}{name}{suffix}");
        self.layer = Some(match int(handle, &dressed("openblas_get_parallel")) {
            Some(2) => "openmp".to_owned(),
            Some(1) => "pthreads".to_owned(),
            Some(_) => "disabled".to_owned(),
            None => "unknown".to_owned(),
        });
        let config = text(handle, &dressed("openblas_get_config"));
        let mut words = config.as_deref().unwrap_or_default().split_whitespace();
        self.version =
            (words.next() == Some("OpenBLAS")).then(|| words.next().map(str::to_owned)).flatten();
        self.architecture = text(handle, &dressed("openblas_get_corename"));
        if self.layer() == Some("openmp") {
            // Its own function does not set what its parallel parts use (before 0.3.34), and sets
            // OpenMP's number of the thread anyway.
            self.find(handle, "omp_get_max_threads", "omp_set_num_threads");
        } else {
            let (get, set) = ("openblas_get_num_threads", "openblas_set_num_threads");
            self.find(handle, &dressed(get), &dressed(set));
        }
    }

    fn ask_blis(&mut self, handle: &Handle) {
        self.version = text(handle, "bli_info_get_version_str");
        let is = |name| int(handle, name).is_some_and(|answer| answer != 0);
        let layer = if is("bli_info_get_enable_openmp") {
            "openmp"
        } else if is("bli_info_get_enable_pthreads") {
            "pthreads"
        } else {
            "disabled"
        };
        self.layer = Some(layer.to_owned());
        let name = handle.symbol("bli_arch_string").zip(int(handle, "bli_arch_query_id"));
        self.architecture = name.and_then(|(symbol, id)| {
            type TextOf = extern "C" fn(c_int) -> *const c_char;
            // SAFETY: BLIS's `const char *bli_arch_string(arch_t)`; `arch_t` is an enum.
            let name = unsafe { std::mem::transmute::<*mut c_void, TextOf>(symbol) };
            owned(name(id))
        });
        self.find(handle, "bli_thread_get_num_threads", "bli_thread_set_num_threads");
    }

    fn ask_mkl(&mut self, handle: &Handle) {
        self.get = handle.symbol("MKL_Get_Max_Threads").map(get_of);
        let exchange = |name| {
            // SAFETY: MKL declares both functions `int f(int)`.
            handle
                .symbol(name)
                .map(|symbol| unsafe { std::mem::transmute::<*mut c_void, Exchange>(symbol) })
        };
        self.exchange = exchange("MKL_Set_Num_Threads_Local");
        self.version = handle.symbol("MKL_Get_Version_String").and_then(|symbol| {
            type TextInto = extern "C" fn(*mut c_char, c_int);
            // SAFETY: MKL's `void MKL_Get_Version_String(char *, int)`.
            let write = unsafe { std::mem::transmute::<*mut c_void, TextInto>(symbol) };
            let mut buffer = [0u8; 200];
            write(buffer.as_mut_ptr().cast(), 199);
            let text = CStr::from_bytes_until_nul(&buffer).ok()?.to_string_lossy();
            let number = text.split("Version ").nth(1).and_then(|rest| rest.split(' ').next());
            Some(number.unwrap_or(&text).trim().to_owned())
        });
        // An invalid layer is refused, and the answer is the one in use.
        self.layer = Some(match exchange("MKL_Set_Threading_Layer").map(|set| set(-1)) {
            Some(0) => "intel".to_owned(),
            Some(1) => "sequential".to_owned(),
            Some(2) => "pgi".to_owned(),
            Some(3) => "gnu".to_owned(),
            Some(4) => "tbb".to_owned(),
            _ => "not specified".to_owned(),
        });
    }

    fn ask_flexiblas(&mut self, handle: &Handle) {
        self.find(handle, "flexiblas_get_num_threads", "flexiblas_set_num_threads");
        self.version = handle.symbol("flexiblas_get_version").map(|symbol| {
            type Three = extern "C" fn(*mut c_int, *mut c_int, *mut c_int);
            // SAFETY: FlexiBLAS's `void flexiblas_get_version(int *, int *, int *)`.
            let write = unsafe { std::mem::transmute::<*mut c_void, Three>(symbol) };
            let (mut major, mut minor, mut patch) = (0, 0, 0);
            write(&raw mut major, &raw mut minor, &raw mut patch);
            format!("{major}.{minor}.{patch}")
        });
    }
}

fn int(handle: &Handle, name: &str) -> Option<c_int> {
    handle.symbol(name).map(|symbol| get_of(symbol)())
}

fn text(handle: &Handle, name: &str) -> Option<String> {
    let symbol = handle.symbol(name)?;
    // SAFETY: callers name a function that is declared `const char *f(void)`.
    let get = unsafe { std::mem::transmute::<*mut c_void, Text>(symbol) };
    owned(get())
}

fn owned(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the libraries answer with strings that end with NUL and stay.
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

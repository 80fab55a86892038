//! Functions that run on one thread unless they are asked for more, and how to ask.
//!
//! One entry a function or a family: where it lives, what it is called, and the option. The options
//! are those of the libraries' own documentation (NumPy 2.4, SciPy 1.17, scikit-learn 1.9,
//! pandas 3.0); where a library has none, what its own documentation or common practice names.

use corewise_model::{Frame, FrameId, StackId};

use crate::facts::Facts;

/// How a function can use more cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParallelOption {
    /// A part of the source file's path.
    file: &'static str,
    /// The functions' names; any in that file where it is empty.
    functions: &'static [&'static str],
    /// What users call it.
    pub(crate) name: &'static str,
    /// What to do, as a sentence.
    pub(crate) advice: &'static str,
    /// What to type.
    pub(crate) command: Option<&'static str>,
}

macro_rules! option {
    ($file:literal, [$($function:literal),*], $name:literal, $advice:literal, $command:expr) => {
        ParallelOption {
            file: $file,
            functions: &[$($function),*],
            name: $name,
            advice: $advice,
            command: $command,
        }
    };
}

/// The table. The first entry that fits a frame counts, so the particular come before the general.
pub(crate) const OPTIONS: &[ParallelOption] = &[
    option!(
        "sklearn/model_selection/_search",
        ["fit"],
        "scikit-learn's hyper-parameter search",
        "the search fits its candidates one after the other unless it has n_jobs",
        Some("GridSearchCV(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/model_selection/_validation",
        [
            "cross_val_score",
            "cross_validate",
            "cross_val_predict",
            "learning_curve",
            "validation_curve",
            "permutation_test_score"
        ],
        "scikit-learn's cross-validation",
        "cross-validation fits its folds one after the other unless it has n_jobs",
        Some("cross_val_score(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/inspection/_permutation_importance",
        ["permutation_importance"],
        "scikit-learn's permutation importance",
        "permutation_importance takes n_jobs",
        Some("permutation_importance(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/ensemble/_forest",
        [],
        "a scikit-learn forest",
        "forests build and ask their trees one after the other unless they have n_jobs",
        Some("RandomForestClassifier(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/ensemble/_bagging",
        [],
        "scikit-learn bagging",
        "bagging fits its estimators one after the other unless it has n_jobs",
        Some("BaggingClassifier(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/ensemble/_gb.py",
        [],
        "scikit-learn's GradientBoosting",
        "GradientBoosting has no parallel option; HistGradientBoosting does the same on all cores",
        Some("from sklearn.ensemble import HistGradientBoostingClassifier")
    ),
    option!(
        "sklearn/multiclass",
        [],
        "a scikit-learn multiclass wrapper",
        "OneVsRestClassifier and OneVsOneClassifier take n_jobs",
        Some("OneVsRestClassifier(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/linear_model/_logistic",
        ["fit"],
        "scikit-learn's logistic regression",
        "LogisticRegressionCV takes n_jobs; LogisticRegression uses BLAS threads only",
        None
    ),
    option!(
        "sklearn/neighbors",
        [],
        "scikit-learn's nearest neighbours",
        "neighbour searches take n_jobs",
        Some("KNeighborsClassifier(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/metrics/pairwise",
        [],
        "scikit-learn's pairwise distances",
        "pairwise_distances takes n_jobs",
        Some("pairwise_distances(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/manifold/_t_sne",
        [],
        "scikit-learn's t-SNE",
        "TSNE takes n_jobs for its neighbour search",
        Some("TSNE(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/cluster/_dbscan",
        [],
        "scikit-learn's DBSCAN",
        "DBSCAN takes n_jobs",
        Some("DBSCAN(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/compose/_column_transformer",
        [],
        "scikit-learn's ColumnTransformer",
        "ColumnTransformer takes n_jobs",
        Some("ColumnTransformer(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/decomposition/_dict_learning",
        [],
        "scikit-learn's dictionary learning",
        "dictionary learning and sparse coding take n_jobs",
        Some("DictionaryLearning(..., n_jobs=-1)")
    ),
    option!(
        "sklearn/svm",
        [],
        "scikit-learn's SVM",
        "libsvm runs on one thread; run several fits side by side, as in a search with n_jobs",
        None
    ),
    option!(
        "scipy/fft",
        [],
        "scipy.fft",
        "scipy.fft transforms take workers, or all of them at once by set_workers",
        Some("with scipy.fft.set_workers(-1): ...")
    ),
    option!(
        "numpy/fft",
        [],
        "numpy.fft",
        "numpy.fft has no parallel option; scipy.fft computes the same and takes workers",
        Some("scipy.fft.fft(x, workers=-1)")
    ),
    option!(
        "scipy/optimize/_differentialevolution",
        [],
        "scipy.optimize.differential_evolution",
        "differential_evolution takes workers (with updating='deferred')",
        Some("differential_evolution(..., workers=-1, updating='deferred')")
    ),
    option!(
        "scipy/optimize/_optimize",
        ["brute"],
        "scipy.optimize.brute",
        "brute takes workers",
        Some("brute(..., workers=-1)")
    ),
    option!(
        "scipy/optimize",
        ["least_squares", "minimize", "approx_derivative"],
        "scipy.optimize",
        "least_squares takes workers for its numerical Jacobian, and so do minimize's gradient \
         methods through options",
        Some("least_squares(..., workers=4)")
    ),
    option!(
        "scipy/spatial/_kdtree",
        [],
        "scipy.spatial.cKDTree",
        "query and query_ball_point take workers",
        Some("tree.query(x, workers=-1)")
    ),
    option!(
        "scipy/integrate/_quad_vec",
        [],
        "scipy.integrate.quad_vec",
        "quad_vec takes workers",
        Some("quad_vec(..., workers=-1)")
    ),
    option!(
        "scipy/stats/_kde",
        [],
        "scipy.stats.gaussian_kde",
        "gaussian_kde has no parallel option; split the points over workers",
        Some("joblib.Parallel(n_jobs=-1)(joblib.delayed(kde)(part) for part in parts)")
    ),
    option!(
        "scipy/stats/_resampling",
        ["bootstrap", "permutation_test", "monte_carlo_test"],
        "SciPy's resampling",
        "split n_resamples over processes and join the distributions",
        None
    ),
    option!(
        "scipy/stats",
        ["multiscale_graphcorr"],
        "scipy.stats.multiscale_graphcorr",
        "it takes workers",
        Some("multiscale_graphcorr(..., workers=-1)")
    ),
    option!(
        "pandas/core/groupby",
        ["apply", "agg", "aggregate", "transform", "_python_apply_general"],
        "pandas' groupby with a Python function",
        "pandas calls the function group by group on one thread; the built-in aggregations are \
         far faster, and engine='numba' compiles some",
        Some("grouped.agg(function, engine='numba', engine_kwargs={'parallel': True})")
    ),
    option!(
        "pandas/core",
        ["apply", "map", "applymap"],
        "pandas' apply with a Python function",
        "pandas calls the function row by row on one thread; DataFrame.apply takes engine='numba' \
         with raw=True",
        Some("df.apply(f, raw=True, engine='numba', engine_kwargs={'parallel': True})")
    ),
    option!(
        "pandas/io/parsers",
        [],
        "pandas.read_csv",
        "the pyarrow engine reads on all cores",
        Some("pandas.read_csv(path, engine='pyarrow')")
    ),
    option!(
        "joblib/parallel",
        ["_get_sequential_output"],
        "joblib.Parallel on one job",
        "joblib runs its tasks one after the other at n_jobs=1",
        Some("joblib.Parallel(n_jobs=-1)")
    ),
    option!(
        "numpy/_core/fromnumeric",
        ["sort", "argsort", "partition", "argpartition"],
        "NumPy's sort",
        "NumPy sorts on one thread; it releases the GIL, so parts can be sorted in threads",
        Some("concurrent.futures.ThreadPoolExecutor().map(numpy.sort, parts)")
    ),
    option!(
        "networkx/",
        [],
        "NetworkX",
        "NetworkX is pure Python; its nx-parallel backend runs many algorithms on all cores",
        None
    ),
];

/// The outermost frame of a stack that has an entry: a search decides before the fit in it does.
pub(crate) fn option_of(
    facts: &Facts<'_>,
    stack: StackId,
) -> Option<(FrameId, &'static ParallelOption)> {
    let frames = &facts.recording.stacks.get(stack.index())?.frames;
    frames.iter().rev().find_map(|id| {
        let frame = facts.recording.frames.get(id.index())?;
        Some((*id, of_frame(frame)?))
    })
}

fn of_frame(frame: &Frame) -> Option<&'static ParallelOption> {
    OPTIONS.iter().find(|option| {
        frame.file.contains(option.file)
            && (option.functions.is_empty() || option.functions.contains(&frame.function.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(function: &str, file: &str) -> Option<&'static str> {
        let frame = Frame { function: function.to_owned(), file: file.to_owned(), line: 1 };
        of_frame(&frame).map(|option| option.name)
    }

    #[test]
    fn functions_are_told_by_file_and_name() {
        let site = "/venv/lib/python3.11/site-packages";
        assert_eq!(
            of("cross_val_score", &format!("{site}/sklearn/model_selection/_validation.py")),
            Some("scikit-learn's cross-validation")
        );
        assert_eq!(of("fft", &format!("{site}/scipy/fft/_basic.py")), Some("scipy.fft"));
        assert_eq!(of("fft", &format!("{site}/numpy/fft/_pocketfft.py")), Some("numpy.fft"));
        assert_eq!(of("fit", "/home/user/train.py"), None);
        assert_eq!(of("check_array", &format!("{site}/sklearn/utils/validation.py")), None);
    }

    #[test]
    fn no_entry_hides_behind_an_earlier_one() {
        for (k, option) in OPTIONS.iter().enumerate() {
            let function = option.functions.first().copied().unwrap_or("anything");
            let file = format!("/site-packages/{}", option.file);
            assert_eq!(of(function, &file), Some(option.name), "entry {k}");
        }
    }
}

//! Allowed cores: recorded worlds, environment variables, nonsense, and a real cgroup.

#[cfg(test)]
mod cgroup;
#[cfg(test)]
mod nonsense;
#[cfg(test)]
mod variables;
#[cfg(test)]
mod world;
#[cfg(test)]
mod worlds;

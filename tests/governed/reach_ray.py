"""What Ray's local workers, a task's and an actor's, say of the session."""

import sys

import look
import ray

import corewise

if sys.argv[1] == "governed":
    corewise.govern(cores=3)


@ray.remote
def state():
    return look.state()


@ray.remote
class Actor:
    def state(self):
        return look.state()


environment = {"env_vars": {"PYTHONPATH": ":".join(path for path in sys.path if path)}}
ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", runtime_env=environment)
actor = Actor.remote()
look.say(own=look.state(), workers=ray.get([state.remote(), state.remote(), actor.state.remote()]))
ray.shutdown()

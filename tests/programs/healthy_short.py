"""A short single-threaded script, as most Python programs are: not worth a finding."""

import json

import stage

stage.ready()
text = json.dumps({str(number): number**2 for number in range(2000)})
stage.finish(length=len(json.loads(text)))

"""Rules about answers: who may answer a step, when, and with what."""

"""Playbooks: templates of plans, with phases, tasks, trainings and documents in five languages (I1)."""

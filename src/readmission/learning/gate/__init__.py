"""The gate: may a challenger become the champion? Pure: probabilities in, a decision with its numbers out.

Order of judgement: what would make an answer untrustworthy refuses the challenger; what makes it no better
than the champion keeps the champion. Every check is recorded with its value and its bound.
"""

from readmission.learning.gate.decision import Check, Contestant, GateResult
from readmission.learning.gate.judgement import judge

__all__ = ["Check", "Contestant", "GateResult", "judge"]

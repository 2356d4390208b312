"""Which versions answer: champion, challenger, canary, shadow, roll-back, cards."""

"""Load tests with Locust: right answers counted, wrong ones failed, every acknowledged one proven stored."""

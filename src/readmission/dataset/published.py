"""What UCI published as data set 296, and how it is recognised.

Clore, J., Cios, K., DeShazo, J., Strack, B. (2014). Diabetes 130-US Hospitals for Years 1999-2008.
https://doi.org/10.24432/C5230J, CC BY 4.0.
"""

CSV_NAME = "diabetic_data.csv"
CSV_SHA256 = "0689e7ec031237dc63031b938805c48377748761a3b26acab621567afa24df97"
CSV_BYTES = 19_159_383
CSV_ROWS = 101_766

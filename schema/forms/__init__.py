# SPDX-License-Identifier: Apache-2.0
"""The forms that the schema is written out in, one module each."""

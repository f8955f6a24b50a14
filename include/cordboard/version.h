/* SPDX-License-Identifier: Apache-2.0 */
/* The only place the version is written. Plain C, no types: build scripts read it too. */
#ifndef CORDBOARD_VERSION_H
#define CORDBOARD_VERSION_H
#define CORDBOARD_VERSION_MAJOR 0 /* changes when a program has to be changed */
#define CORDBOARD_VERSION_MINOR 1 /* changes when something is added; before 1.0 as the one above */
#define CORDBOARD_VERSION_PATCH 0 /* changes when something is mended */
#define CORDBOARD_VERSION "0.1.0" /* all three */
#endif

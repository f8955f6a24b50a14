/* SPDX-License-Identifier: Apache-2.0 */
/* The only place the version is written. Plain C, no types: build scripts read it too. */
#ifndef CORDBOARD_VERSION_H
#define CORDBOARD_VERSION_H
#define CORDBOARD_VERSION_MAJOR 0
#define CORDBOARD_VERSION_MINOR 1
#define CORDBOARD_VERSION_PATCH 0
#define CORDBOARD_VERSION "0.1.0"
#endif

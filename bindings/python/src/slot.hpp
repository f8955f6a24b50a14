// SPDX-License-Identifier: Apache-2.0
// The Python object of one event: the 128 bytes of its slot and the log that knows its text. Written against CPython itself,
// since millions of them are made: nothing but one small allocation and one copy is spent on each.
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <cordboard/event.hpp>

namespace cordboard::python {

/// Never changes once it is made, so that it may be read by every thread and hashed.
struct slot_object {
  PyObject ob_base;  // what PyObject_HEAD stands for
  PyObject* log;     // owned; null: nobody knows its text
  event slot;
};

inline slot_object& slot_of(PyObject* object) { return *reinterpret_cast<slot_object*>(object); }

/// `_core.Slot`, the base of `cordboard.Event`. @returns a new reference; null: a Python error is set
PyObject* make_slot_type();
/// `_core.Field`: a place in the slot as an attribute, with the members of its enumeration at hand.
PyObject* make_field_type();
/// `_core.EventMaker`: which class an event of which kind gets.
PyObject* make_event_maker_type();

/// The class that a `class` statement wrote, again as a type whose instances are a slot and nothing else: those of a class that
/// Python makes are known to the garbage collector, which costs each of them a header, and time at its end.
/// @returns a new reference; null: a Python error is set
PyObject* make_event_class(PyObject* written);

/// Whether instances of this type begin as `slot_object` does.
bool is_slot_type(const PyTypeObject* type);

/// Where a field lies. @returns false: the descriptor is no `Field`
struct place {
  std::uint16_t offset;
  std::uint8_t bytes;
  bool is_signed;
};
bool place_of(PyObject* descriptor, place& out);

/// Whether `object` is a `_core.EventMaker`.
bool is_event_maker(PyObject* object);
/// @param log  borrowed; null or None: the event has no text
/// @returns a new reference; null: a Python error is set
PyObject* make_event(PyObject* maker, const event& of, PyObject* log);

}  // namespace cordboard::python

// SPDX-License-Identifier: Apache-2.0
#include "slot.hpp"

#include <cstddef>
#include <cstring>
#include <string>

namespace cordboard::python {
namespace {

void slot_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(slot_of(self).log);
  type->tp_free(self);
  Py_DECREF(type);
}

/// Stores a number at its place. False: a Python error is set.
bool store(event& into, const place& at, PyObject* number) {
  PyObject* whole = PyNumber_Index(number);
  if (whole == nullptr) return false;
  // 16 bytes are the high half, then the low one; each half is little-endian as everything in a slot.
  unsigned char bytes[16] = {};
  const int failed =
      _PyLong_AsByteArray(reinterpret_cast<PyLongObject*>(whole), bytes, at.bytes, 1, static_cast<int>(at.is_signed));
  Py_DECREF(whole);
  if (failed != 0) return false;
  auto* to = reinterpret_cast<unsigned char*>(&into) + at.offset;
  if (at.bytes == 16) {
    std::memcpy(to, bytes + 8, 8);
    std::memcpy(to + 8, bytes, 8);
  } else {
    std::memcpy(to, bytes, at.bytes);
  }
  return true;
}

bool store_by_name(PyTypeObject* type, slot_object& into, PyObject* name, PyObject* value) {
  if (PyUnicode_CompareWithASCIIString(name, "log") == 0) {
    if (value != Py_None) Py_XSETREF(into.log, Py_NewRef(value));
    return true;
  }
  place at{};
  PyObject* descriptor = _PyType_Lookup(type, name);
  if (descriptor == nullptr || !place_of(descriptor, at)) {
    PyErr_Format(PyExc_TypeError, "%s has no field %R", type->tp_name, name);
    return false;
  }
  return store(into.slot, at, value);
}

/// `Held(sequence=1, call=42)`: for tests of programs; what is not named is 0.
PyObject* slot_new(PyTypeObject* type, PyObject* args, PyObject* fields) {
  if (PyTuple_GET_SIZE(args) != 0) {
    PyErr_Format(PyExc_TypeError, "%s takes its fields by keyword", type->tp_name);
    return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  PyObject* kind = PyObject_GetAttrString(reinterpret_cast<PyObject*>(type), "kind");
  if (kind == nullptr) PyErr_Clear();
  bool good = kind == nullptr || !PyLong_Check(kind) || store(slot_of(self).slot, {offsetof(event, kind), 2, false}, kind);
  Py_XDECREF(kind);
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  for (Py_ssize_t at = 0; good && fields != nullptr && PyDict_Next(fields, &at, &name, &value) != 0;) {
    good = store_by_name(type, slot_of(self), name, value);
  }
  if (good) return self;
  Py_DECREF(self);
  return nullptr;
}

/// What an event says, without how it was stored: neither its place in a batch nor that of its text, nor the checksum.
bool same(const event& a, const event& b) {
  const auto* x = reinterpret_cast<const unsigned char*>(&a);
  const auto* y = reinterpret_cast<const unsigned char*>(&b);
  constexpr std::size_t from = offsetof(event, cause);
  return std::memcmp(x, y, offsetof(event, flags)) == 0 &&
         std::memcmp(x + from, y + from, offsetof(event, text_at) - from) == 0 && a.marks == b.marks;
}

PyObject* slot_compare(PyObject* self, PyObject* other, int how) {
  if ((how != Py_EQ && how != Py_NE) || !is_slot_type(Py_TYPE(other))) Py_RETURN_NOTIMPLEMENTED;
  const bool equal = Py_TYPE(self) == Py_TYPE(other) && same(slot_of(self).slot, slot_of(other).slot);
  return PyBool_FromLong(static_cast<long>(equal == (how == Py_EQ)));
}

Py_hash_t slot_hash(PyObject* self) {
  // A log has a sequence once.
  const event& e = slot_of(self).slot;
  const auto hash = static_cast<Py_hash_t>((e.sequence + static_cast<std::uint64_t>(e.kind)) * 0x9E37'79B9'7F4A'7C15U);
  return hash == -1 ? -2 : hash;
}

PyObject* slot_bytes(PyObject* self, PyObject*) {
  return PyBytes_FromStringAndSize(reinterpret_cast<const char*>(&slot_of(self).slot), sizeof(event));
}

PyObject* slot_log(PyObject* self, void*) {
  PyObject* log = slot_of(self).log;
  return Py_NewRef(log != nullptr ? log : Py_None);
}

}  // namespace

bool is_slot_type(const PyTypeObject* type) {
  // Every subclass goes back to the one type that has this very function.
  while (type != nullptr && type->tp_dealloc != &slot_dealloc) type = type->tp_base;
  return type != nullptr;
}

PyObject* make_event_class(PyObject* written) {
  if (!PyType_Check(written) || !is_slot_type(reinterpret_cast<PyTypeObject*>(written))) {
    PyErr_SetString(PyExc_TypeError, "a class of events derives from Slot");
    return nullptr;
  }
  auto* from = reinterpret_cast<PyTypeObject*>(written);
  PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(&slot_dealloc)}, {0, nullptr}};
  const std::string whole_name = std::string("cordboard.") + from->tp_name;
  PyType_Spec spec = {whole_name.c_str(), 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  PyObject* made = PyType_FromSpecWithBases(&spec, from->tp_bases);
  if (made == nullptr) return nullptr;
  PyObject* name = nullptr;
  PyObject* value = nullptr;
  for (Py_ssize_t at = 0; PyDict_Next(from->tp_dict, &at, &name, &value) != 0;) {
    bool of_python = false;  // what the class statement adds for instances that have a dictionary
    for (const char* added : {"__dict__", "__weakref__", "__slots__"}) {
      of_python = of_python || PyUnicode_CompareWithASCIIString(name, added) == 0;
    }
    if (!of_python && PyObject_SetAttr(made, name, value) != 0) {
      Py_DECREF(made);
      return nullptr;
    }
  }
  return made;
}

PyObject* make_slot_type() {
  static PyMethodDef methods[] = {
      {"__bytes__", &slot_bytes, METH_NOARGS, PyDoc_STR("The 128 bytes as they stand in the log.")},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyGetSetDef getters[] = {
      {"log", &slot_log, nullptr, PyDoc_STR("What is asked for the text; None: nobody is."), nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>("The 128 bytes of an event; `cordboard.Event` gives them their names.")},
      {Py_tp_new, reinterpret_cast<void*>(&slot_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(&slot_dealloc)},
      {Py_tp_richcompare, reinterpret_cast<void*>(&slot_compare)},
      {Py_tp_hash, reinterpret_cast<void*>(&slot_hash)},
      {Py_tp_methods, methods},
      {Py_tp_getset, getters},
      {0, nullptr},
  };
  static PyType_Spec spec = {"cordboard._core.Slot", sizeof(slot_object), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
  return PyType_FromSpec(&spec);
}

}  // namespace cordboard::python

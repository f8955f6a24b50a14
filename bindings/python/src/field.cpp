// SPDX-License-Identifier: Apache-2.0
// An attribute of an event: where it lies in the slot, and the members of its enumeration in a table, so that reading one makes
// at most one number.
#include <cstring>

#include "slot.hpp"

namespace cordboard::python {
namespace {

struct field_object {
  PyObject ob_base;
  place at;
  PyObject* enumeration;  // owned; null: a plain number
  PyObject* members;      // owned tuple: a member, or None, per value
};

field_object& field_of(PyObject* object) { return *reinterpret_cast<field_object*>(object); }

void field_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(field_of(self).enumeration);
  Py_XDECREF(field_of(self).members);
  type->tp_free(self);
  Py_DECREF(type);
}

PyObject* field_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"offset", "bytes", "signed", "enumeration", "members", nullptr};
  int offset = 0;
  int bytes = 0;
  int is_signed = 0;
  PyObject* enumeration = nullptr;
  PyObject* members = nullptr;
  if (PyArg_ParseTupleAndKeywords(args, keywords, "ii|$pOO!", const_cast<char**>(names), &offset, &bytes, &is_signed,
                                  &enumeration, &PyTuple_Type, &members) == 0) {
    return nullptr;
  }
  const bool size = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16;
  if (!size || offset < 0 || offset % (bytes < 8 ? bytes : 8) != 0 || offset + bytes > static_cast<int>(sizeof(event))) {
    PyErr_SetString(PyExc_ValueError, "no such place in a slot");
    return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  field_of(self).at = {static_cast<std::uint16_t>(offset), static_cast<std::uint8_t>(bytes), is_signed != 0};
  if (enumeration != nullptr && enumeration != Py_None) field_of(self).enumeration = Py_NewRef(enumeration);
  field_of(self).members = members != nullptr ? Py_NewRef(members) : PyTuple_New(0);
  if (field_of(self).members != nullptr) return self;
  Py_DECREF(self);
  return nullptr;
}

template <class T>
T read(const void* from) {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

PyObject* number_at(const unsigned char* from, const place& at) {
  switch (at.bytes) {
    case 1: return PyLong_FromLong(read<std::uint8_t>(from));
    case 2: return PyLong_FromLong(read<std::uint16_t>(from));
    case 4: return PyLong_FromUnsignedLong(read<std::uint32_t>(from));
    case 8:
      return at.is_signed ? PyLong_FromLongLong(read<std::int64_t>(from))
                          : PyLong_FromUnsignedLongLong(read<std::uint64_t>(from));
    default: break;
  }
  unsigned char bytes[16];
  std::memcpy(bytes, from + 8, 8);  // the low half stands second
  std::memcpy(bytes + 8, from, 8);
  return _PyLong_FromByteArray(bytes, sizeof bytes, 1, 0);
}

/// As an index into the table; what is none is behind its end.
std::uint64_t index_at(const unsigned char* from, const place& at) {
  switch (at.bytes) {
    case 1: return read<std::uint8_t>(from);
    case 2: return read<std::uint16_t>(from);
    case 4: return read<std::uint32_t>(from);
    default: return read<std::uint64_t>(from);
  }
}

PyObject* field_get(PyObject* self, PyObject* object, PyObject*) {
  if (object == nullptr || object == Py_None) return Py_NewRef(self);
  if (!is_slot_type(Py_TYPE(object))) {
    PyErr_Format(PyExc_TypeError, "%s is no event", Py_TYPE(object)->tp_name);
    return nullptr;
  }
  const field_object& field = field_of(self);
  const auto* from = reinterpret_cast<const unsigned char*>(&slot_of(object).slot) + field.at.offset;
  if (field.enumeration == nullptr) return number_at(from, field.at);
  const std::uint64_t index = index_at(from, field.at);
  if (index < static_cast<std::uint64_t>(PyTuple_GET_SIZE(field.members))) {
    PyObject* member = PyTuple_GET_ITEM(field.members, static_cast<Py_ssize_t>(index));
    if (member != Py_None) return Py_NewRef(member);
  }
  PyObject* number = number_at(from, field.at);
  if (number == nullptr) return nullptr;
  PyObject* made = PyObject_CallOneArg(field.enumeration, number);
  Py_DECREF(number);
  return made;
}

int field_set(PyObject*, PyObject*, PyObject*) {
  PyErr_SetString(PyExc_AttributeError, "an event never changes");
  return -1;
}

}  // namespace

bool place_of(PyObject* descriptor, place& out) {
  if (Py_TYPE(descriptor)->tp_descr_get != &field_get) return false;
  out = field_of(descriptor).at;
  return true;
}

PyObject* make_field_type() {
  static PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>("An attribute of an event, by where it lies in the slot.")},
      {Py_tp_new, reinterpret_cast<void*>(&field_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(&field_dealloc)},
      {Py_tp_descr_get, reinterpret_cast<void*>(&field_get)},
      {Py_tp_descr_set, reinterpret_cast<void*>(&field_set)},
      {0, nullptr},
  };
  static PyType_Spec spec = {"cordboard._core.Field", sizeof(field_object), 0, Py_TPFLAGS_DEFAULT, slots};
  return PyType_FromSpec(&spec);
}

}  // namespace cordboard::python

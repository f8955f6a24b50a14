// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "slot.hpp"

namespace cordboard::python {
namespace {

/// Which class an event of which kind gets: looked up by one load. Lives as long as the module that made it.
struct maker_object {
  PyObject ob_base;
  PyObject* classes;      // owned tuple by kind: a type, or None
  PyTypeObject* unknown;  // owned: for all others
};

maker_object& maker_of(PyObject* object) { return *reinterpret_cast<maker_object*>(object); }

void maker_dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(maker_of(self).classes);
  Py_XDECREF(maker_of(self).unknown);
  type->tp_free(self);
  Py_DECREF(type);
}

/// `make_event` allocates by itself, so a class may add nothing to the slot.
bool is_event_class(PyObject* object) {
  if (!PyType_Check(object)) return false;
  auto* type = reinterpret_cast<PyTypeObject*>(object);
  return is_slot_type(type) && type->tp_basicsize == sizeof(slot_object) && type->tp_itemsize == 0 && !PyType_IS_GC(type);
}

PyObject* maker_new(PyTypeObject* type, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"classes", "unknown", nullptr};
  PyObject* classes = nullptr;
  PyObject* unknown = nullptr;
  if (PyArg_ParseTupleAndKeywords(args, keywords, "O!O", const_cast<char**>(names), &PyTuple_Type, &classes, &unknown) == 0) {
    return nullptr;
  }
  bool good = is_event_class(unknown);
  for (Py_ssize_t i = 0; good && i < PyTuple_GET_SIZE(classes); ++i) {
    PyObject* one = PyTuple_GET_ITEM(classes, i);
    good = one == Py_None || is_event_class(one);
  }
  if (!good) {
    PyErr_SetString(PyExc_TypeError, "not made by event_class");
    return nullptr;
  }
  PyObject* self = type->tp_alloc(type, 0);
  if (self == nullptr) return nullptr;
  maker_of(self).classes = Py_NewRef(classes);
  maker_of(self).unknown = reinterpret_cast<PyTypeObject*>(Py_NewRef(unknown));
  return self;
}

PyObject* maker_event(PyObject* self, PyObject* args) {
  PyObject* slot = nullptr;
  PyObject* log = nullptr;
  if (PyArg_ParseTuple(args, "OO", &slot, &log) == 0) return nullptr;
  Py_buffer view;
  if (PyObject_GetBuffer(slot, &view, PyBUF_SIMPLE) != 0) return nullptr;
  PyObject* made = nullptr;
  if (view.len == static_cast<Py_ssize_t>(sizeof(event))) {
    event copied;
    std::memcpy(&copied, view.buf, sizeof copied);
    made = make_event(self, copied, log);
  } else {
    PyErr_Format(PyExc_ValueError, "an event has %zu bytes, not %zd", sizeof(event), view.len);
  }
  PyBuffer_Release(&view);
  return made;
}

}  // namespace

bool is_event_maker(PyObject* object) { return Py_TYPE(object)->tp_dealloc == &maker_dealloc; }

PyObject* make_event(PyObject* maker, const event& of, PyObject* log) {
  const maker_object& from = maker_of(maker);
  const auto kind = static_cast<Py_ssize_t>(of.kind);
  PyObject* known = kind < PyTuple_GET_SIZE(from.classes) ? PyTuple_GET_ITEM(from.classes, kind) : Py_None;
  auto* type = known != Py_None ? reinterpret_cast<PyTypeObject*>(known) : from.unknown;
  auto* made = PyObject_New(slot_object, type);
  if (made == nullptr) return nullptr;
  made->slot = of;
  made->log = log == nullptr || log == Py_None ? nullptr : Py_NewRef(log);
  return reinterpret_cast<PyObject*>(made);
}

PyObject* make_event_maker_type() {
  static PyMethodDef methods[] = {
      {"event", &maker_event, METH_VARARGS, PyDoc_STR("event($self, slot, log, /)\n--\n\nThe event of 128 bytes.")},
      {nullptr, nullptr, 0, nullptr},
  };
  static PyType_Slot slots[] = {
      {Py_tp_doc, const_cast<char*>("Which class an event of which kind gets.")},
      {Py_tp_new, reinterpret_cast<void*>(&maker_new)},
      {Py_tp_dealloc, reinterpret_cast<void*>(&maker_dealloc)},
      {Py_tp_methods, methods},
      {0, nullptr},
  };
  static PyType_Spec spec = {"cordboard._core.EventMaker", sizeof(maker_object), 0, Py_TPFLAGS_DEFAULT, slots};
  return PyType_FromSpec(&spec);
}

}  // namespace cordboard::python

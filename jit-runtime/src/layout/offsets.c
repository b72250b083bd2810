/* Prints, as Rust constants, the struct offsets of the CPython whose headers this is compiled against.
   Run by the build script; the start-up self-check (layout/mod.rs) tests the result against the running library. */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <stddef.h>
#include <string.h>
#include "internal/pycore_code.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_function.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_long.h"
#include "internal/pycore_pystate.h"
#include "internal/pycore_range.h"
#include "internal/pycore_runtime.h"
#include "internal/pycore_list.h"
#include "internal/pycore_tuple.h"
#include "internal/pycore_dict.h"
#include "internal/pycore_moduleobject.h"
#include "descrobject.h"
#include "structmember.h"
/* The bits of a string's state that say that it is compact and all ASCII. */
static unsigned ascii_state(void) {
    PyASCIIObject string;
    unsigned state;
    memset(&string, 0, sizeof string);
    string.state.compact = 1;
    string.state.ascii = 1;
    memcpy(&state, &string.state, sizeof state);
    return state;
}
#define SAY(name, value) printf("/// `%s`\npub const %s: usize = %zu;\n", #value, #name, (size_t)(value))
#define AT(name, type, field) SAY(name, offsetof(type, field))
int main(void) {
    SAY(VERSION_HEX, PY_VERSION_HEX);
#if PY_VERSION_HEX < 0x030d0000
    AT(FRAME_CODE, _PyInterpreterFrame, f_code);
    AT(FRAME_INSTR, _PyInterpreterFrame, prev_instr);
    /* 3.12: the instruction before the one to execute next */
    SAY(INSTR_BIAS, 1);
    AT(THREAD_CFRAME, PyThreadState, cframe);
    AT(CFRAME_CURRENT, _PyCFrame, current_frame);
    AT(INTERP_EVAL_BREAKER, PyInterpreterState, ceval.eval_breaker);
    SAY(C_RECURSION_LIMIT, C_RECURSION_LIMIT);
    AT(INTERP_FLOATS, PyInterpreterState, float_state.free_list);
    AT(INTERP_FLOATS_FREE, PyInterpreterState, float_state.numfree);
#else
    AT(FRAME_CODE, _PyInterpreterFrame, f_executable);
    AT(FRAME_INSTR, _PyInterpreterFrame, instr_ptr);
    SAY(INSTR_BIAS, 0);
    AT(THREAD_CURRENT_FRAME, PyThreadState, current_frame);
    AT(THREAD_EVAL_BREAKER, PyThreadState, eval_breaker);
    SAY(C_RECURSION_LIMIT, Py_C_RECURSION_LIMIT);
    AT(INTERP_FLOATS, PyInterpreterState, object_state.freelists.floats.items);
    AT(INTERP_FLOATS_FREE, PyInterpreterState, object_state.freelists.floats.numfree);
#endif
    AT(FRAME_PREVIOUS, _PyInterpreterFrame, previous);
    AT(FRAME_FUNC, _PyInterpreterFrame, f_funcobj);
    AT(FRAME_GLOBALS, _PyInterpreterFrame, f_globals);
    AT(FRAME_BUILTINS, _PyInterpreterFrame, f_builtins);
    AT(FRAME_LOCALS, _PyInterpreterFrame, f_locals);
    AT(FRAME_OBJ, _PyInterpreterFrame, frame_obj);
    AT(FRAME_STACKTOP, _PyInterpreterFrame, stacktop);
    AT(FRAME_RETURN_OFFSET, _PyInterpreterFrame, return_offset);
    AT(FRAME_OWNER, _PyInterpreterFrame, owner);
    AT(FRAME_LOCALSPLUS, _PyInterpreterFrame, localsplus);
    AT(THREAD_INTERP, PyThreadState, interp);
    AT(THREAD_PY_RECURSION, PyThreadState, py_recursion_remaining);
    AT(THREAD_C_RECURSION, PyThreadState, c_recursion_remaining);
    AT(THREAD_EXCEPTION, PyThreadState, current_exception);
    AT(THREAD_EXC_INFO, PyThreadState, exc_info);
    AT(EXC_INFO_VALUE, _PyErr_StackItem, exc_value);
    AT(THREAD_TRACING, PyThreadState, tracing);
    AT(THREAD_TRACEFUNC, PyThreadState, c_tracefunc);
    AT(THREAD_TRACEOBJ, PyThreadState, c_traceobj);
    AT(THREAD_WHAT_EVENT, PyThreadState, what_event);
    AT(THREAD_PROFILEFUNC, PyThreadState, c_profilefunc);
    AT(THREAD_CHUNK, PyThreadState, datastack_chunk);
    AT(THREAD_DATASTACK_TOP, PyThreadState, datastack_top);
    AT(THREAD_DATASTACK_LIMIT, PyThreadState, datastack_limit);
    AT(CHUNK_PREVIOUS, _PyStackChunk, previous);
    AT(CHUNK_SIZE, _PyStackChunk, size);
    AT(CHUNK_TOP, _PyStackChunk, top);
    AT(CHUNK_DATA, _PyStackChunk, data);
    AT(FUNC_GLOBALS, PyFunctionObject, func_globals);
    AT(FUNC_BUILTINS, PyFunctionObject, func_builtins);
    AT(FUNC_QUALNAME, PyFunctionObject, func_qualname);
    AT(FUNC_CODE, PyFunctionObject, func_code);
    AT(FUNC_DEFAULTS, PyFunctionObject, func_defaults);
    AT(FUNC_KWDEFAULTS, PyFunctionObject, func_kwdefaults);
    AT(FUNC_CLOSURE, PyFunctionObject, func_closure);
    AT(FUNC_ANNOTATIONS, PyFunctionObject, func_annotations);
    AT(FUNC_VECTORCALL, PyFunctionObject, vectorcall);
    AT(FUNC_VERSION, PyFunctionObject, func_version);
    AT(CODE_CONSTS, PyCodeObject, co_consts);
    AT(CODE_NAMES, PyCodeObject, co_names);
    AT(CODE_EXCTABLE, PyCodeObject, co_exceptiontable);
    AT(CODE_FLAGS, PyCodeObject, co_flags);
    AT(CODE_ARGCOUNT, PyCodeObject, co_argcount);
    AT(CODE_POSONLY, PyCodeObject, co_posonlyargcount);
    AT(CODE_KWONLY, PyCodeObject, co_kwonlyargcount);
    AT(CODE_STACKSIZE, PyCodeObject, co_stacksize);
    AT(CODE_FIRSTLINENO, PyCodeObject, co_firstlineno);
    AT(CODE_NLOCALSPLUS, PyCodeObject, co_nlocalsplus);
    AT(CODE_FRAMESIZE, PyCodeObject, co_framesize);
    AT(CODE_NLOCALS, PyCodeObject, co_nlocals);
    AT(CODE_VERSION, PyCodeObject, co_version);
    AT(CODE_LOCALSPLUSNAMES, PyCodeObject, co_localsplusnames);
    AT(CODE_LOCALSPLUSKINDS, PyCodeObject, co_localspluskinds);
    AT(CODE_FILENAME, PyCodeObject, co_filename);
    AT(CODE_NAME, PyCodeObject, co_name);
    AT(CODE_QUALNAME, PyCodeObject, co_qualname);
    AT(CODE_EXTRA, PyCodeObject, co_extra);
    AT(CODE_FIRSTTRACEABLE, PyCodeObject, _co_firsttraceable);
    AT(CODE_ADAPTIVE, PyCodeObject, co_code_adaptive);
    AT(FRAMEOBJ_BACK, PyFrameObject, f_back);
    AT(FRAMEOBJ_FRAME, PyFrameObject, f_frame);
    AT(FRAMEOBJ_LINENO, PyFrameObject, f_lineno);
    AT(FRAMEOBJ_TRACE_LINES, PyFrameObject, f_trace_lines);
    AT(FRAMEOBJ_DATA, PyFrameObject, _f_frame_data);
    AT(LONG_TAG, PyLongObject, long_value.lv_tag);
    AT(LONG_DIGITS, PyLongObject, long_value.ob_digit);
    SAY(FLOATS_MOST, PyFloat_MAXFREELIST);
    AT(FLOAT_VALUE, PyFloatObject, ob_fval);
    AT(VAR_SIZE, PyVarObject, ob_size);
    AT(STR_LENGTH, PyASCIIObject, length);
    AT(STR_STATE, PyASCIIObject, state);
    SAY(STR_ASCII, ascii_state());
    SAY(STR_ASCII_DATA, sizeof(PyASCIIObject));
    AT(RUNTIME_ASCII, _PyRuntimeState, static_objects.singletons.strings.ascii);
    SAY(ASCII_STRIDE, sizeof(((_PyRuntimeState *)0)->static_objects.singletons.strings.ascii[0]));
    AT(LIST_ITEMS, PyListObject, ob_item);
    AT(LIST_ALLOCATED, PyListObject, allocated);
    AT(TUPLE_ITEMS, PyTupleObject, ob_item);
    AT(RANGEITER_START, _PyRangeIterObject, start);
    AT(RANGEITER_STEP, _PyRangeIterObject, step);
    AT(RANGEITER_LEN, _PyRangeIterObject, len);
    AT(LISTITER_INDEX, _PyListIterObject, it_index);
    AT(LISTITER_SEQ, _PyListIterObject, it_seq);
    AT(RUNTIME_TRACEMALLOC, _PyRuntimeState, tracemalloc.config.tracing);
    AT(INTERP_EVAL_FRAME, PyInterpreterState, eval_frame);
    AT(INTERP_MONITORS, PyInterpreterState, monitors);
#if PY_VERSION_HEX < 0x030d0000
    AT(INTERP_EVENTS_VERSION, PyInterpreterState, monitoring_version);
#endif
    AT(INTERP_CALLBACKS, PyInterpreterState, monitoring_callables);
    SAY(MONITORING_EVENTS, _PY_MONITORING_EVENTS);
    SAY(MONITORING_GLOBAL_EVENTS, sizeof(((PyInterpreterState *)0)->monitors));
    AT(CODE_MONITORING, PyCodeObject, _co_monitoring);
    AT(MONITORING_INSTRUCTION_TOOLS, _PyCoMonitoringData, per_instruction_tools);
    AT(MONITORING_LINE_TOOLS, _PyCoMonitoringData, line_tools);
    AT(MONITORING_LOCAL, _PyCoMonitoringData, local_monitors);
    SAY(MONITORING_LOCAL_EVENTS, sizeof(((_PyCoMonitoringData *)0)->local_monitors));
    AT(CELL_REF, PyCellObject, ob_ref);
    AT(TYPE_VERSION, PyTypeObject, tp_version_tag);
    AT(TYPE_BASICSIZE, PyTypeObject, tp_basicsize);
    AT(TYPE_CACHED_KEYS, PyHeapTypeObject, ht_cached_keys);
    AT(KEYS_LOG2_BYTES, PyDictKeysObject, dk_log2_index_bytes);
    AT(KEYS_KIND, PyDictKeysObject, dk_kind);
    AT(KEYS_NENTRIES, PyDictKeysObject, dk_nentries);
    AT(DICT_KEYS, PyDictObject, ma_keys);
    AT(KEYS_INDICES, PyDictKeysObject, dk_indices);
    AT(MEMBER_DESCR_DEF, PyMemberDescrObject, d_member);
    AT(KEYS_USABLE, PyDictKeysObject, dk_usable);
    AT(INTERP_GC_ENABLED, PyInterpreterState, gc.enabled);
    AT(INTERP_GC_YOUNG, PyInterpreterState, gc.generations);
    AT(INTERP_GC_YOUNGEST, PyInterpreterState, gc.generation0);
    AT(GENERATION_THRESHOLD, struct gc_generation, threshold);
    AT(GENERATION_COUNT, struct gc_generation, count);
#if PY_VERSION_HEX >= 0x030d0000
    AT(VALUES_CAPACITY, PyDictValues, capacity);
    AT(VALUES_SIZE, PyDictValues, size);
    AT(VALUES_VALID, PyDictValues, valid);
    AT(VALUES_EMBEDDED, PyDictValues, embedded);
    AT(VALUES_FIRST, PyDictValues, values);
#else
    SAY(VALUES_CAPACITY, 0);
    SAY(VALUES_SIZE, 0);
    SAY(VALUES_VALID, 0);
    SAY(VALUES_EMBEDDED, 0);
    SAY(VALUES_FIRST, 0);
#endif
    return 0;
}

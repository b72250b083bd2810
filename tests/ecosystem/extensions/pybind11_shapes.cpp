// Virtual functions that Python overrides, std::function callbacks, exceptions through C++ frames, calls from a thread
// that C++ started.
#include <pybind11/functional.h>
#include <pybind11/operators.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <thread>

namespace py = pybind11;

struct Shape {
    virtual ~Shape() = default;
    virtual double area(double scale) const = 0;
    virtual std::string name() const { return "shape"; }
};

struct PyShape : Shape {
    double area(double scale) const override { PYBIND11_OVERRIDE_PURE(double, Shape, area, scale); }
    std::string name() const override { PYBIND11_OVERRIDE(std::string, Shape, name); }
};

struct Vector {
    double x, y;
    Vector operator+(const Vector &o) const { return {x + o.x, y + o.y}; }
    Vector operator*(double k) const { return {x * k, y * k}; }
    bool operator==(const Vector &o) const { return x == o.x && y == o.y; }
};

struct Grid {
    size_t width, height;
    std::vector<double> cells;
    Grid(size_t w, size_t h) : width(w), height(h), cells(w * h) {}
    double &at(size_t x, size_t y) {
        if (x >= width || y >= height) throw std::out_of_range("outside the grid");
        return cells[y * width + x];
    }
};

struct Unstable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

double total_area(const std::vector<std::shared_ptr<Shape>> &shapes, int times) {
    double total = 0;
    for (int i = 0; i < times; i++)
        for (const auto &shape : shapes) total += shape->area(1.0 / (i + 1));
    return total;
}

double bisect(const std::function<double(double)> &f, double a, double b) {
    if (f(a) * f(b) > 0) throw Unstable("no change of sign");
    for (int i = 0; i < 60; i++) {
        double m = (a + b) / 2;
        (f(a) * f(m) <= 0 ? b : a) = m;
    }
    return a;
}

// What Python raised passes C++ frames, is looked at, and goes on.
int guarded(const py::function &f, int n) {
    int caught = 0;
    for (int i = 0; i < n; i++) {
        try {
            f(i);
        } catch (py::error_already_set &error) {
            if (!error.matches(PyExc_LookupError)) throw;
            caught++;
        }
    }
    return caught;
}

long in_thread(const std::function<long(long)> &f, long n) {
    long total = 0;
    py::gil_scoped_release release;
    std::thread worker([&] {
        for (long i = 0; i < n; i++) {
            py::gil_scoped_acquire acquire;
            total += f(i);
        }
    });
    worker.join();
    return total;
}

PYBIND11_MODULE(pybind11_shapes, m) {
    py::register_exception<Unstable>(m, "Unstable", PyExc_ArithmeticError);
    py::class_<Shape, PyShape, std::shared_ptr<Shape>>(m, "Shape")
        .def(py::init<>())
        .def("area", &Shape::area)
        .def("name", &Shape::name);
    py::class_<Vector>(m, "Vector")
        .def(py::init<double, double>(), py::arg("x"), py::arg("y") = 0.0)
        .def_readwrite("x", &Vector::x)
        .def_readwrite("y", &Vector::y)
        .def(py::self + py::self)
        .def(py::self * double())
        .def(py::self == py::self)
        .def_property_readonly("length", [](const Vector &v) { return std::hypot(v.x, v.y); });
    py::class_<Grid>(m, "Grid", py::buffer_protocol())
        .def(py::init<size_t, size_t>())
        .def("__getitem__", [](Grid &g, std::pair<size_t, size_t> at) { return g.at(at.first, at.second); })
        .def("__setitem__", [](Grid &g, std::pair<size_t, size_t> at, double v) { g.at(at.first, at.second) = v; })
        .def("__iter__", [](Grid &g) { return py::make_iterator(g.cells.begin(), g.cells.end()); },
             py::keep_alive<0, 1>())
        .def("fill", [](Grid &g, const std::function<double(size_t, size_t)> &f) {
            for (size_t y = 0; y < g.height; y++)
                for (size_t x = 0; x < g.width; x++) g.at(x, y) = f(x, y);
        })
        .def_buffer([](Grid &g) {
            return py::buffer_info(g.cells.data(), sizeof(double), "d", 2, {g.height, g.width},
                                   {sizeof(double) * g.width, sizeof(double)});
        });
    m.def("total_area", &total_area);
    m.def("bisect", &bisect);
    m.def("guarded", &guarded);
    m.def("in_thread", &in_thread);
    m.def("group", [](const std::vector<std::string> &words, const std::function<long(std::string)> &key) {
        std::map<long, std::vector<std::string>> groups;
        for (const auto &word : words) groups[key(word)].push_back(word);
        return groups;
    });
}

"""Builds the two extensions beside this file: one made by Cython, one by pybind11."""
from Cython.Build import cythonize
from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

setup(
    name="pyaot-ecosystem-extensions",
    version="1",
    py_modules=[],
    ext_modules=cythonize(["cython_particles.pyx"], language_level=3)
    + [Pybind11Extension("pybind11_shapes", ["pybind11_shapes.cpp"], cxx_std=17, extra_compile_args=["-O1"])],
)

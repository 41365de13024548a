"""The face for napari: a widget that enhances, sample data, readers and writers.

``napari.yaml`` says what napari finds here. Nothing but the widget needs napari itself.
"""

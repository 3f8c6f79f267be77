"""One simulated spine and lesion, seen through every test.

from modalities.simulate import Lesion, Scene, acquire, conspicuity

scene = Scene(lesions=(Lesion(kind="lytic", diameter_mm=15, vertebra="T12", place="body_left"),))
image = acquire(scene, "ct", "sagittal", seed=7)
conspicuity(scene, "ct", "sagittal").chance_seen
"""

from modalities.simulate.image import Image
from modalities.simulate.machines import acquire
from modalities.simulate.reader import Conspicuity, conspicuity
from modalities.simulate.scene import Lesion, Scene, SceneError

__all__ = ["Conspicuity", "Image", "Lesion", "Scene", "SceneError", "acquire", "conspicuity"]

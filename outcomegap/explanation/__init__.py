"""What makes up the distance: attribution, leverage, change."""

from outcomegap.explanation.gradients import Explanation as Explanation

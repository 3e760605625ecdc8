"""What makes up the distance: attribution, leverage, change."""

from outcomegap.explanation.explanation import Explanation as Explanation

print("forecastd")
